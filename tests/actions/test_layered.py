"""A layered map is a dict; copies of copies, each changed on its own, never show in one another."""

from hypothesis import given
from hypothesis import strategies as st

from contact_service.actions.layered import Layered

# Which of the copies there are, what is done to it, with which key.
STEP = st.tuples(
    st.integers(0, 5), st.sampled_from(["put", "put", "pop", "copy"]), st.integers(0, 300)
)


@given(st.lists(STEP, max_size=300), st.integers(0, 300))
def test_copies_hold_what_a_dict_would(steps: list[tuple[int, str, int]], filled: int) -> None:
    pairs: list[tuple[Layered[int, int], dict[int, int]]] = [(Layered(), {})]
    for key in range(filled):
        pairs[0][0].put(key, -1)
        pairs[0][1][key] = -1
    for number, (which, what, key) in enumerate(steps):
        layered, plain = pairs[which % len(pairs)]
        if what == "put":
            layered.put(key, number)
            plain[key] = number
        elif what == "pop":
            assert layered.pop(key) == plain.pop(key, None)
        else:
            pairs.append((layered.copied(), plain.copy()))
    for layered, plain in pairs:
        assert len(layered) == len(plain)
        assert {key: layered.get(key) for key in range(301)} == {
            key: plain.get(key) for key in range(301)
        }
        assert sorted(layered.values()) == sorted(plain.values())
        assert all((key in layered) == (key in plain) for key in range(301))

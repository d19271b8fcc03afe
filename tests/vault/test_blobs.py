"""A blob through the seal and back, and the name its content gives it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_service.model.problem import IntegrityBroken
from contact_service.vault import blobs, sealing

KEY = sealing.new("ann", 1)
CONTENTS = st.binary(max_size=9_000) | st.builds(bytes, st.integers(0, 9_000))


@given(st.lists(CONTENTS, max_size=4))
def test_many_blobs_come_back_byte_for_byte_in_their_order(contents: list[bytes]) -> None:
    names = [blobs.name(KEY, content) for content in contents]
    sealed = blobs.seal_many(KEY, zip(names, contents, strict=True))
    opened = [blobs.open_(KEY, blob, one) for blob, one in zip(names, sealed, strict=True)]
    assert opened == contents


def test_equal_content_has_one_name_within_an_owner_and_another_elsewhere() -> None:
    assert blobs.name(KEY, b"a") == blobs.name(KEY, b"a")
    names = {blobs.name(key, text) for key in (KEY, sealing.new("bea", 1)) for text in (b"a", b"b")}
    assert len(names) == 4
    assert {len(name) for name in names} == {16}


def test_a_name_is_no_uid_key_of_the_same_bytes() -> None:
    assert blobs.name(KEY, b"a") != KEY.mac(b"a")


def test_a_blob_opens_under_its_own_name_only() -> None:
    one, other = blobs.name(KEY, b"one"), blobs.name(KEY, b"other")
    (sealed,) = blobs.seal_many(KEY, [(one, b"one")])
    with pytest.raises(IntegrityBroken):
        blobs.open_(KEY, other, sealed)


def test_a_thief_sees_the_size_in_steps_of_4096_bytes() -> None:
    sealed = blobs.seal_many(KEY, [(b"n" * 16, bytes(size)) for size in (0, 1, 4_095, 4_096)])
    assert len({len(one) for one in sealed[:3]}) == 1
    assert len(sealed[3]) == len(sealed[0]) + 4_096

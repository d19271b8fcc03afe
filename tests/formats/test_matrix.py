"""Matrix ids and hashed addresses: one spelling each, and no two users behind one."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_service.formats import matrix

HOME = "example.org"
USERS = st.text(st.characters(codec="utf-8", exclude_characters="/\x00"), min_size=1, max_size=40)
NEAR = st.text("aA=@:._4-1 é", min_size=1, max_size=8)


@pytest.mark.parametrize(
    "text", ["@a:b", "@a.b_c=d-e/f+g:example.org:8448", "@A!:[::1]:80", f"@{'a' * 242}:{HOME}"]
)
def test_a_matrix_id_is_known(text: str) -> None:
    assert matrix.is_id(text)
    assert matrix.server_of(text) == text.partition(":")[2]
    assert matrix.id_of(text, HOME) == matrix.id_of(text, None) == text


@pytest.mark.parametrize(
    "text",
    ["", "a", "@", "@a", "@:b", "a:b", "@a b:c", "@é:c", "@a:", "@a:b c", "@a:b/c", "@a:b\n", f"@{'a' * 243}:{HOME}"],
)  # fmt: skip
def test_what_is_none_is_told_apart(text: str) -> None:
    assert not matrix.is_id(text)
    assert matrix.server_of(text) is None
    assert matrix.id_of(text, None) is None


@pytest.mark.parametrize(
    ("user", "mxid"),
    [
        ("ann", "@ann:example.org"),
        ("u-7_b.c+d", "@u-7_b.c+d:example.org"),
        ("Ann", "@=41nn:example.org"),
        ("a=b", "@a=3db:example.org"),
        ("a@b.c", "@a=40b.c:example.org"),
        ("é", "@=c3=a9:example.org"),
        ("x" * 128, f"@{'x' * 128}:example.org"),
        ("X" * 128, None),  # 255 bytes are all a Matrix id may have
    ],
)
def test_a_user_id_is_a_localpart(user: str, mxid: str | None) -> None:
    assert matrix.id_of(user, HOME) == mxid
    if mxid is not None:
        assert matrix.user_of(mxid, HOME) == user


@given(USERS | NEAR)
def test_a_users_matrix_id_is_read_back_as_that_user(user: str) -> None:
    mxid = matrix.id_of(user, HOME)
    if mxid is not None and mxid != user:
        assert mxid == mxid.lower()
        assert matrix.is_id(mxid)
        assert matrix.user_of(mxid, HOME) == user


@given(NEAR, NEAR)
def test_no_two_users_have_one_matrix_id(one: str, other: str) -> None:
    if one != other and {f"@{one}:{HOME}", f"@{other}:{HOME}"}.isdisjoint({one, other}):
        found = matrix.id_of(one, HOME)
        assert found is None or found != matrix.id_of(other, HOME)


@given(NEAR, st.sampled_from([HOME, "other.example", "example.org:80"]))
def test_a_matrix_id_opens_the_account_of_that_matrix_id_alone(local: str, server: str) -> None:
    mxid = f"@{local}:{server}"
    if not matrix.is_id(mxid):
        return
    user = matrix.user_of(mxid, HOME)
    assert matrix.id_of(user, HOME) == mxid
    assert (user == mxid) or server == HOME


def test_without_a_server_of_ours_a_matrix_id_is_its_own_user() -> None:
    assert matrix.user_of("@ann:example.org", None) == "@ann:example.org"


def test_a_localpart_does_not_pass_for_another_servers_user() -> None:
    assert matrix.user_of("@=40bob=3aother.example:example.org", HOME).startswith("@=40bob")


@given(st.binary(min_size=32, max_size=32))
def test_a_digest_has_one_spelling(raw: bytes) -> None:
    text = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    assert matrix.digest(text) == raw
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    twins = [last[last.index(text[-1]) + n] for n in (1, 2, 3)]
    assert [matrix.digest(text[:-1] + twin) for twin in twins] == [None] * 3


@given(st.text(max_size=60))
def test_any_other_text_is_no_digest(text: str) -> None:
    raw = matrix.digest(text)
    assert raw is None or base64.urlsafe_b64encode(raw).decode() == text + "="

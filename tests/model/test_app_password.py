"""App passwords as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_service.model import app_password
from contact_service.model.app_password import ALPHABET, SECRET_BYTES

SECRETS = st.binary(min_size=SECRET_BYTES, max_size=SECRET_BYTES)


@given(SECRETS, SECRETS)
def test_two_secrets_never_share_a_spelling(one: bytes, other: bytes) -> None:
    assert (app_password.spell(one) == app_password.spell(other)) == (one == other)


@given(SECRETS, st.data())
def test_case_dashes_and_spaces_are_not_told_apart(secret: bytes, data: st.DataObject) -> None:
    spelled = app_password.spell(secret)
    typed = "".join(
        data.draw(st.sampled_from(["", "-", " "])) if sign == "-" else data.draw(either(sign))
        for sign in f"-{spelled}-"
    )
    assert app_password.read(typed) == spelled


def either(sign: str) -> st.SearchStrategy[str]:
    return st.sampled_from([sign, sign.upper()])


def test_no_two_signs_look_alike() -> None:
    assert len(set(ALPHABET)) == 32
    assert not set("lo01") & set(ALPHABET)


@given(SECRETS, st.sampled_from("lo01ßİ\n\x00"), st.integers(0, 38))
def test_what_no_app_password_can_be_is_none(secret: bytes, sign: str, at: int) -> None:
    spelled = app_password.spell(secret)
    assert app_password.read(spelled[:at] + sign + spelled[at:]) is None
    assert app_password.read(spelled[:-1]) is None
    assert app_password.read("") is None


@pytest.mark.parametrize("size", [0, 19, 21])
def test_a_secret_has_160_bits(size: int) -> None:
    with pytest.raises(ValueError, match="160"):
        app_password.spell(bytes(size))

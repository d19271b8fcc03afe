"""Settings of the Matrix face: which homeservers are asked, and where."""

import pytest

from contact_service.settings import environment
from contact_service.settings.environment import BadSetting

GOOD = [
    ("a.example=https://m.a.example", {"a.example": "https://m.a.example"}),
    (
        "a.example:8448=https://x:8448/base/, [::1]:80=http://127.0.0.1:9 ,b=https://b",
        {
            "a.example:8448": "https://x:8448/base",
            "[::1]:80": "http://127.0.0.1:9",
            "b": "https://b",
        },
    ),
    ("", {}),
]
BAD = [
    "a.example",
    "=https://a.example",
    "a.example=",
    "a.example=http://a.example",
    "a.example=https://u:p@a.example",
    "a.example=https://a.example?x=1",
    "a.example=https://a.example/#x",
    "a.example=ftp://127.0.0.1",
    "a example=https://a.example",
    "a/b=https://a.example",
    "a=https://a,a=https://b",
    "a=https://a,",
]


@pytest.mark.parametrize(("text", "told"), GOOD)
def test_homeservers_are_names_with_a_place_each(text: str, told: dict[str, str]) -> None:
    assert environment.load({"CONTACT_MATRIX_HOMESERVERS": text}).matrix_homeservers == told


@pytest.mark.parametrize("text", BAD)
def test_another_form_of_homeservers_refuses_the_start(text: str) -> None:
    with pytest.raises(BadSetting) as refused:
        environment.load({"CONTACT_MATRIX_HOMESERVERS": text})
    assert refused.value.variable == "CONTACT_MATRIX_HOMESERVERS"
    assert text not in str(refused.value)


@pytest.mark.parametrize("text", ["a b", "@a:b", "https://a", "a/b", "a:x"])
def test_another_form_of_a_server_name_refuses_the_start(text: str) -> None:
    with pytest.raises(BadSetting):
        environment.load({"CONTACT_MATRIX_SERVER_NAME": text})


@pytest.mark.parametrize("text", ["example.org", "ftp://a/", "https://u:p@a/", "https:///x"])
def test_another_form_of_a_terms_page_refuses_the_start(text: str) -> None:
    with pytest.raises(BadSetting):
        environment.load({"CONTACT_MATRIX_TERMS_URL": text})


def test_the_face_is_closed_and_hashed_by_default() -> None:
    settings = environment.load({})
    assert settings.matrix_homeservers == {}
    assert settings.matrix_server_name is None
    assert settings.matrix_plain is False
    assert settings.matrix_token_days == 365

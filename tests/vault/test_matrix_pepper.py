"""Matrix digests: the specification's own examples, by the function that fills the index."""

import base64

import pytest

from contact_service.model.identifier import Identifier
from contact_service.vault import matrix_pepper, matrix_tokens
from contact_service.vault.keyring import create

EXAMPLES = [
    ("mailto:alice@example.com", "4kenr7N9drpCJ4AfalmlGQVsOn3o2RHjkADUpXJWZUc"),
    ("mailto:bob@example.com", "LJwSazmv46n0hlMlsb_iYxI0_HXEqy_yj6Jm636cdT8"),
    ("tel:+18005552067", "nlo35_T5fzSGZzJApqu8lgIudJvmOQtDaHtr-I4rU7I"),
]


@pytest.mark.parametrize(("identifier", "told"), EXAMPLES)
def test_the_examples_of_the_specification_reproduce(identifier: str, told: str) -> None:
    (raw,) = matrix_pepper.digests("matrixrocks", [Identifier(identifier)])
    assert base64.urlsafe_b64encode(raw).decode().rstrip("=") == told


def test_what_is_written_plain_has_the_same_digest() -> None:
    identifiers = [Identifier(one) for one, _ in EXAMPLES]
    written = ["alice@example.com email", "bob@example.com email", "18005552067 msisdn"]
    assert matrix_pepper.hashed("p", written) == matrix_pepper.digests("p", identifiers)
    assert list(map(matrix_pepper.address, identifiers)) == written


def test_what_is_stored_takes_a_key_that_no_client_has() -> None:
    found = matrix_pepper.digests("p", [Identifier("tel:+18005552067")])
    one, other = create(), create()
    assert matrix_pepper.tags(one, found) == matrix_pepper.tags(one, found)
    assert matrix_pepper.tags(one, found) != matrix_pepper.tags(other, found)


def test_a_pepper_is_spelled_so_that_clients_may_send_it_anywhere() -> None:
    told = matrix_pepper.spelled(bytes(range(224, 256)))
    assert len(told) == 43
    assert set(told) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_tokens_are_random_and_marked_under_the_installations_key() -> None:
    tokens = {matrix_tokens.new() for _ in range(100)}
    assert len(tokens) == 100
    assert {len(token) for token in tokens} == {43}
    ring, other = create(), create()
    marks = {matrix_tokens.mark(ring, token) for token in tokens}
    assert len(marks) == 100
    assert marks.isdisjoint({matrix_tokens.mark(other, token) for token in tokens})


@pytest.mark.parametrize("text", ["", "x" * 129, "é"])
def test_what_cannot_be_a_token_has_no_mark(text: str) -> None:
    assert matrix_tokens.mark(create(), text) is None

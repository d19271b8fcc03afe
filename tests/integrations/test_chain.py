"""Chains of pages end, and answers that are none are told apart: cut JSON may be whole later, another shape will not."""

import msgspec
import pytest

from contact_service.formats import microsoft
from contact_service.integrations import chain
from contact_service.integrations.chain import Chain
from contact_service.integrations.connector import ProviderChanged, Transient
from contact_service.model.imports import Place, Reject, Upsert


class Listing(msgspec.Struct):
    value: list[msgspec.Raw]


DECODER = msgspec.json.Decoder(Listing)


def test_a_token_that_comes_twice_ends_the_chain() -> None:
    guard = Chain()
    guard.step("a", 1)
    guard.step("b", 1)
    with pytest.raises(ProviderChanged):
        guard.step("a", 1)


def test_three_empty_pages_in_a_row_end_the_chain_and_two_do_not() -> None:
    guard = Chain()
    for at, found in enumerate((0, 0, 5, 0, 0)):
        guard.step(str(at), found)
    with pytest.raises(ProviderChanged):
        guard.step("last", 0)


def test_a_thousand_pages_end_the_chain_though_earlier_tries_read_them() -> None:
    guard = Chain(998)
    guard.step("a", 1)
    with pytest.raises(ProviderChanged):
        guard.step("b", 1)


@pytest.mark.parametrize("body", [b"", b'{"value":[1,2', b"<html>", b'{"value":' + b"[" * 9_000], ids=["empty", "cut", "html", "deep"])  # fmt: skip
def test_what_is_no_whole_json_may_be_one_later(body: bytes) -> None:
    with pytest.raises(Transient):
        chain.decoded(body, DECODER)


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"value":{}}', b'"x"'], ids=["lacking", "list", "object", "text"])  # fmt: skip
def test_json_of_another_shape_is_another_provider(body: bytes) -> None:
    with pytest.raises(ProviderChanged):
        chain.decoded(body, DECODER)


def test_half_a_character_costs_its_own_record_alone() -> None:
    body = (
        rb'{"value":[{"id":"a","displayName":"\ud83d\ude00 whole"},{"id":"b","displayName":"half \ud83d"},'
        rb'{"id":"c","displayName":"\\ud83d as typed"},{"id":"d","displayName":"\ude00"}]}'
    )
    raws = chain.decoded(body, DECODER).value
    changes = [microsoft.read(bytes(raw), Place(0)).change for raw in raws]
    assert [(type(each), each.source_id) for each in changes] == [
        (Upsert, "a"),
        (Reject, "b"),
        (Upsert, "c"),
        (Reject, "d"),
    ]
    assert b"\xef\xbf\xbd" not in b"".join(e.card.json for e in changes if isinstance(e, Upsert))

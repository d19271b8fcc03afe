"""A service that lies: another key, a bad proof, small buckets. The client notices, and says nothing more to it."""

import base64
from typing import Any

import pytest
from voprf import ristretto

from client.finding import V1, Lying, Town, tel, users
from contact_client import EpochUnsafe, KeyChanged, MemorySafe, ProofRefused, Unreachable
from contact_client.private.buckets import MOST_BITS
from contact_service.vault import keyring


def packed(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def unpacked(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "==")


def lying(here: Town, verb: str, change: Any) -> Lying:
    """A network on which the answers of one verb are changed."""
    return Lying(here.app, lambda asked, told: change(told) if asked == verb else told)


def paths(net: Lying) -> list[str]:
    return [one.url.path.removeprefix(V1) for one in net.sent]


async def test_another_key_of_a_known_epoch_is_noticed_before_anything_is_sent(here: Town) -> None:
    safe, phone = MemorySafe(), tel()
    async with here.client(safe) as discovery:
        await discovery.sync([phone])
    there = here.with_keys(oprf={1: keyring.new_key()})
    async with there.client(safe) as discovery:
        for _ in range(2):
            with pytest.raises(KeyChanged):
                await discovery.sync([phone, tel()])
        await discovery.forget()
        with pytest.raises(KeyChanged):
            await discovery.sync([phone])
    assert [one.url.path for one in there.net.sent] == [f"{V1}params"] * 3


async def test_a_key_is_pinned_when_it_is_announced(here: Town) -> None:
    def second(key: bytes) -> Any:
        later = {"epoch": 2, "publicKey": packed(key), "bits": 8, "from": "2999-01-01T00:00:00Z"}
        return lambda told: told | {"epochs": [*told["epochs"], later | {"until": None}]}

    safe = MemorySafe()
    async with here.client(safe, lying(here, "params", second(bytes(32)))) as discovery:
        await discovery.sync([tel()])
    async with here.client(safe, lying(here, "params", second(b"\1" * 32))) as discovery:
        with pytest.raises(KeyChanged):
            await discovery.sync([tel()])


async def test_other_buckets_of_a_known_epoch_are_noticed(here: Town) -> None:
    def finer(told: Any) -> Any:
        return told | {"epochs": [one | {"bits": one["bits"] + 1} for one in told["epochs"]]}

    safe = MemorySafe()
    async with here.client(safe) as discovery:
        await discovery.sync([tel()])
    async with here.client(safe, lying(here, "params", finer)) as discovery:
        with pytest.raises(KeyChanged):
            await discovery.sync([tel()])


@pytest.mark.parametrize(
    "unsafe",
    [
        lambda told: told | {"suite": "P384-SHA384"},
        lambda told: told | {"mode": "oprf"},
        lambda told: told | {"tagBytes": 16},
        lambda told: told | {"epochs": [told["epochs"][0] | {"bits": MOST_BITS + 1}]},
        lambda told: told | {"epochs": [told["epochs"][0] | {"bits": -1}]},
        lambda told: told | {"epochs": []},
        lambda told: told | {"epochs": [told["epochs"][0] | {"until": "2001-01-01T00:00:00Z"}]},
        lambda told: told | {"epochs": [told["epochs"][0] | {"from": "2999-01-01T00:00:00Z"}]},
    ],
    ids=["suite", "mode", "tags", "small buckets", "no buckets", "no epoch", "past", "to come"],
)
async def test_unsafe_parameters_are_refused(here: Town, unsafe: Any) -> None:
    net = lying(here, "params", unsafe)
    async with here.client(net=net) as discovery:
        with pytest.raises(EpochUnsafe):
            await discovery.sync([tel()])
    assert paths(net) == ["params"]


def other_key(told: Any) -> Any:
    """Evaluated properly, proof and all, with a key that is not the pinned one."""
    elements = [ristretto.BlindedInput.deserialize(unpacked(one)) for one in told["elements"]]
    evaluator = ristretto.Evaluator.from_seed(b"x" * 32, b"another")
    whole = evaluator.evaluate_batch(elements).serialize()
    parts = [packed(whole[at : at + 32]) for at in range(64, len(whole), 32)]
    return told | {"elements": parts, "proof": packed(whole[:64])}


@pytest.mark.parametrize(
    "lie",
    [
        other_key,
        lambda told: told | {"elements": told["elements"][::-1]},
        lambda told: told | {"elements": told["elements"][:1] * 2},
        lambda told: told | {"elements": told["elements"][:1]},
        lambda told: told | {"elements": [*told["elements"], told["elements"][0]]},
        lambda told: told | {"proof": packed(bytes(64))},
        lambda told: told | {"elements": [packed(bytes(32)), told["elements"][1]]},
        lambda told: told | {"elements": [packed(b"\xff" * 32), told["elements"][1]]},
    ],
    ids=["other key", "swapped", "twice one", "one less", "one more", "proof", "identity", "none"],
)
async def test_an_evaluation_without_its_proof_is_refused_and_repeated_free(
    here: Town, lie: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    people = await here.crowd(2)
    net, safe = lying(here, "evaluate", lie), MemorySafe()
    async with here.client(safe, net) as discovery:
        with pytest.raises(ProofRefused):
            await discovery.sync(people)
        assert (await discovery.known(people)).matches == ()
        assert "buckets" not in paths(net)
        net.lie = None
        assert len((await discovery.sync(people)).matches) == 2
    assert await here.left() == 1_998
    capfd.readouterr()  # the library tells of its panic on stderr: of the proof, of nobody


@pytest.mark.parametrize(
    ("verb", "lie"),
    [
        ("params", lambda _: []),
        ("evaluate", lambda told: told | {"proof": "AA"}),
        ("evaluate", lambda told: told | {"elements": ["!"]}),
        ("buckets", lambda told: told | {"buckets": [{"id": 1, "full": True, "tags": "AAAA"}]}),
        ("buckets", lambda told: told | {"buckets": [{"id": 1, "added": "AAAAAA"}]}),
        ("buckets", lambda told: told | {"buckets": [{"id": 2**70, "full": True, "tags": ""}]}),
        ("resolve", lambda told: {"matches": [told["matches"][0] | {"digest": "AA"}]}),
    ],
)
async def test_an_answer_of_another_shape_is_no_answer(here: Town, verb: str, lie: Any) -> None:
    ((phone, bea),) = (await here.crowd(1)).items()
    safe = MemorySafe()
    async with here.client(safe, lying(here, verb, lie)) as discovery:
        with pytest.raises(Unreachable):
            await discovery.sync([phone])
    async with here.client(safe) as discovery:
        assert users((await discovery.sync([phone])).matches) == {phone: bea.owner}


async def test_people_nobody_asked_for_are_not_shown(here: Town) -> None:
    def more(told: Any) -> Any:
        extra = {"digest": packed(bytes(16)), "userId": "eve", "profile": {}}
        return {"matches": [*told["matches"], extra]}

    ((phone, bea),) = (await here.crowd(1)).items()
    async with here.client(net=lying(here, "resolve", more)) as discovery:
        assert users((await discovery.sync([phone])).matches) == {phone: bea.owner}

"""Private discovery (RFC 9497): blinded elements, then buckets of tags, then the digests a client chose to ask."""

import msgspec

from contact_service.actions import buckets, private
from contact_service.actions.buckets import Seen
from contact_service.actions.budget import Left
from contact_service.actions.context import Context
from contact_service.actions.idempotency import Answer, Paid
from contact_service.endpoints import limits, receiving, veil
from contact_service.endpoints.caller import Caller
from contact_service.endpoints.json import bodies, listing, private_forms
from contact_service.endpoints.json.private_forms import (
    BucketAsked,
    BucketsAsked,
    BucketShown,
    BucketsShown,
    Evaluate,
    Evaluated,
    Params,
    Resolve,
    Resolved,
    ResolvedAll,
    ServedEpoch,
)
from contact_service.endpoints.routes import JSON, Body, Query, Route
from contact_service.model.bucket import DIGEST_BYTES, TAG_BYTES
from contact_service.model.discovery_problem import (
    DiscoveryBudget,
    EpochMismatch,
    EpochRetired,
    InvalidElement,
    NothingAsked,
)
from contact_service.model.problem import (
    ConsentRequired,
    InvalidParameter,
    Overloaded,
    Restricted,
    TooLarge,
    Unprocessable,
)
from contact_service.vault.oprf import ELEMENT_BYTES

OCTETS = "application/octet-stream"
SUITE = "ristretto255-SHA512"


class _Asked(msgspec.Struct, frozen=True):
    """An evaluation as it was asked for, in either form."""

    epoch: int
    elements: bytes
    raw: bool

    @property
    def count(self) -> int:
        return len(self.elements) // ELEMENT_BYTES


_EVALUATE = msgspec.json.Decoder(Evaluate)
_BUCKETS = msgspec.json.Decoder(BucketsAsked)
_RESOLVE = msgspec.json.Decoder(Resolve)


async def params(caller: Caller) -> Answer:
    """GET /v1/discovery/params -> {suite, mode, maxBatch, tagBytes, epochs, directorySeq}, the same for everybody."""
    seq, epochs = await caller.read(private.params)
    served = [
        ServedEpoch(e.epoch, private_forms.text(e.public_key), e.bits, e.begins, e.ends)
        for e in epochs
    ]
    return bodies.answer(Params(SUITE, "voprf", limits.ELEMENTS, TAG_BYTES, served, seq))


async def evaluate(caller: Caller) -> Answer:
    """POST /v1/discovery/evaluate -> {elements, proof, budget}; as bytes: the elements, then the proof.

    A refusal charges nothing; the same Idempotency-Key with the same body is charged once.
    """
    asked = _asked(caller)
    seed = await caller.read(private.admit, asked.epoch)
    pool = caller.house.evaluators
    with pool.place(caller.owner):
        async with pool.checked(seed, asked.epoch, asked.elements) as batch:
            left = await _pay(caller, asked)
            made = await batch.evaluate()
    return _evaluated(asked, *made, left)


async def _pay(caller: Caller, asked: _Asked) -> Left:
    async def story(ctx: Context, paid: Paid) -> Left:
        return await private.charge(ctx, paid, asked.epoch, asked.count)

    return await caller.pay(story)


def _asked(caller: Caller) -> _Asked:
    """Raises NothingAsked (422), TooLarge (413), InvalidElement (400) for what is no 32 bytes."""
    if receiving.media(caller.headers) == OCTETS:
        epoch, whole = _number("epoch", caller.query("epoch")), caller.body
        count = -(-len(whole) // ELEMENT_BYTES)
    else:
        sent = bodies.read(_EVALUATE, caller.body)
        epoch, count, whole = sent.epoch, len(sent.elements), b""
    _counted(count, limits.ELEMENTS, "elements an evaluation")
    if whole:
        return _Asked(epoch, whole, raw=True)
    return _Asked(epoch, b"".join(map(_element, range(count), sent.elements)), raw=False)


def _element(index: int, text: str) -> bytes:
    found = private_forms.octets(text, ELEMENT_BYTES)
    if found is None:
        raise InvalidElement(index)
    return found


def _evaluated(asked: _Asked, elements: bytes, proof: bytes, left: Left) -> Answer:
    if asked.raw:
        return Answer(200, {"Content-Type": OCTETS}, elements + proof)
    each = [
        private_forms.text(elements[at : at + ELEMENT_BYTES])
        for at in range(0, len(elements), ELEMENT_BYTES)
    ]
    return bodies.answer(Evaluated(each, private_forms.text(proof), left))


async def post_buckets(caller: Caller) -> Answer:
    """POST /v1/discovery/buckets -> {seq, buckets: [{id, full, tags} or {id, added, removed}]}, in the order asked."""
    asked = bodies.read(_BUCKETS, caller.body)
    wanted = _wanted(asked.buckets)

    async def story(ctx: Context) -> Answer:
        return bodies.answer(_shown(*await buckets.read(ctx, asked.epoch, wanted)))

    return await caller.ask(story)


def _wanted(asked: list[BucketAsked]) -> dict[int, int | None]:
    _counted(len(asked), buckets.MOST, "buckets a request")
    wanted = {one.id: one.since for one in asked}
    if len(wanted) < len(asked):
        # One may be large, and a small body could name it a thousand times.
        raise InvalidParameter("id", "a bucket stands there twice")
    return wanted


async def get_bucket(caller: Caller) -> Answer:
    """GET /v1/discovery/buckets/{epoch}/{id} -> as POST, for one; 304 when the same would be shown."""
    epoch = _number("epoch", caller.params["epoch"])
    number = _number("id", caller.params["id"])
    told = caller.query("since")
    since = None if told is None else _number("since", told)
    shown = _shown(*await caller.read(buckets.read, epoch, {number: since}))
    return listing.tagged(caller, bodies.encode(shown))


def _shown(seq: int, seen: list[Seen]) -> BucketsShown:
    return BucketsShown(seq, [_one(each) for each in seen])


def _one(seen: Seen) -> BucketShown:
    if seen.tags is not None:
        return BucketShown(seen.id, full=True, tags=private_forms.text(seen.tags))
    return BucketShown(
        seen.id, added=private_forms.text(seen.added), removed=private_forms.text(seen.removed)
    )


@veil.behind
async def resolve(caller: Caller) -> Answer:
    """POST /v1/discovery/resolve -> {matches: [{digest, userId, profile}]}: hits only, in request order; uncharged."""
    asked = bodies.read(_RESOLVE, caller.body)
    _counted(len(asked.digests), limits.DIGESTS, "digests a request")
    digests = {_digest(index, text): text for index, text in enumerate(asked.digests)}

    async def story(ctx: Context) -> Answer:
        found = await private.resolve(ctx, asked.epoch, list(digests))
        hits = [Resolved(digests[d], hit.user_id, hit.profile) for d, hit in found.items()]
        return bodies.answer(ResolvedAll(hits))

    return await caller.ask(story)


def _digest(index: int, text: str) -> bytes:
    found = private_forms.octets(text, DIGEST_BYTES)
    if found is None:
        raise Unprocessable(
            f"$.digests[{index}]: {DIGEST_BYTES} bytes as base64url without padding"
        )
    return found


def _counted(count: int, most: int, unit: str) -> None:
    """Raises NothingAsked (422), TooLarge (413)."""
    if not count:
        raise NothingAsked
    if count > most:
        raise TooLarge(most, unit)


def _number(name: str, text: str | None) -> int:
    if text is None or not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise InvalidParameter(name, "a whole number")
    return int(text)


_EPOCH = (EpochMismatch, EpochRetired)
_VIEWER = (ConsentRequired, Restricted)

ROUTES = (
    Route(
        "GET",
        "/v1/discovery/params",
        params,
        "discovery",
        "discovery",
        "Keys and figures of private discovery",
        {200: Params},
    ),
    Route(
        "POST",
        "/v1/discovery/evaluate",
        evaluate,
        "discovery",
        "discovery",
        "Evaluate blinded identifiers",
        {200: Evaluated},
        body=Body({JSON: Evaluate, OCTETS: OCTETS}, limits.JSON_BODY),
        query=(Query("epoch", int, "The key epoch, where the body is bytes."),),
        problems=(
            *_VIEWER,
            *_EPOCH,
            DiscoveryBudget,
            InvalidElement,
            NothingAsked,
            Overloaded,
            TooLarge,
        ),
        media=(JSON, OCTETS),
    ),
    Route(
        "POST",
        "/v1/discovery/buckets",
        post_buckets,
        "discovery",
        "discovery",
        "Buckets of tags, whole or what changed",
        {200: BucketsShown},
        body=Body({JSON: BucketsAsked}, limits.JSON_BODY),
        problems=(*_VIEWER, *_EPOCH, InvalidParameter, NothingAsked, TooLarge),
        lane="bulk",
    ),
    Route(
        "GET",
        "/v1/discovery/buckets/{epoch}/{id}",
        get_bucket,
        "discovery",
        "discovery",
        "One bucket of tags",
        {200: BucketsShown},
        query=(Query("since", int, "The `seq` at which the bucket is held already."),),
        problems=(*_VIEWER, *_EPOCH, InvalidParameter),
        conditional=True,
    ),
    Route(
        "POST",
        "/v1/discovery/resolve",
        resolve,
        "discovery",
        "resolve",
        "The users behind digests",
        {200: ResolvedAll},
        body=Body({JSON: Resolve}, limits.JSON_BODY),
        problems=(*_VIEWER, *_EPOCH, NothingAsked, TooLarge),
    ),
)

"""Look-ups of hashed addresses. A miss says nothing of its reason, and nothing is told before it is paid for."""

from contact_service.actions import matrix
from contact_service.endpoints import limits
from contact_service.endpoints.matrix import told
from contact_service.endpoints.matrix.asked import Asked
from contact_service.endpoints.matrix.told import Refused, Told

HASHED = "sha256"
PLAIN = "none"


async def hash_details(asked: Asked) -> Told:
    """GET …/v2/hash_details -> {lookup_pepper, algorithms}."""
    await asked.agreed()
    pepper = await asked.read(matrix.pepper)
    return told.done({"lookup_pepper": pepper, "algorithms": _algorithms(asked)})


async def lookup(asked: Asked) -> Told:
    """POST …/v2/lookup {addresses, algorithm, pepper} -> {mappings}: hits only, in the order asked."""
    await asked.may_find()
    sent = _sent(asked)
    paid = await asked.write(asked.who.owner, matrix.pay, sent)
    if paid is None:
        raise await _stale(asked, PLAIN if sent.plain else HASHED)
    mappings = await asked.read(matrix.find, paid)
    if paid.charged:
        await asked.write(asked.who.owner, matrix.weigh, paid, len(mappings))
    return told.done({"mappings": mappings})


def _sent(asked: Asked) -> matrix.Asked:
    addresses = asked.texts("addresses")
    algorithm, pepper = asked.field("algorithm", str), asked.field("pepper", str)
    if algorithm not in _algorithms(asked):
        raise Refused(400, "M_INVALID_PARAM", "The algorithm is not offered: see hash_details.")
    if len(addresses) > limits.LOOKUP:
        raise Refused(400, "M_INVALID_PARAM", f"At most {limits.LOOKUP} addresses a look-up.")
    return matrix.Asked(addresses, pepper, plain=algorithm == PLAIN)


async def _stale(asked: Asked, algorithm: str) -> Refused:
    pepper = await asked.read(matrix.pepper)
    text = "The pepper is not in use (any more)."
    return Refused(400, "M_INVALID_PEPPER", text, algorithm=algorithm, lookup_pepper=pepper)


def _algorithms(asked: Asked) -> list[str]:
    return [HASHED, PLAIN] if asked.house.settings.matrix_plain else [HASHED]

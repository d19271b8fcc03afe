"""Refusals of discovery: leaves of the tree in problem.py. None of them depends on who is registered.

Problem
 ├ Malformed 400 (InvalidElement{index})
 ├ Conflict 409 (EpochMismatch{epoch})
 ├ Gone 410 (EpochRetired{epoch})
 ├ Unprocessable 422 (NothingAsked)
 └ TooMany 429 (DiscoveryBudget{left, needed, retryAfter})
"""

from contact_service.model.problem import Conflict, Gone, Malformed, TooMany, Unprocessable


class InvalidElement(Malformed):
    """An element is not a canonical group element, or is the identity"""

    def __init__(self, index: int) -> None:
        super().__init__(f"Element {index} is refused; nothing was charged.", index=index)


class EpochMismatch(Conflict):
    """The key epoch is not served here"""

    def __init__(self, live: int) -> None:
        super().__init__(f"Epoch {live} is live: see the parameters.", epoch=live)


class EpochRetired(Gone):
    """The key epoch has ended"""

    def __init__(self, live: int) -> None:
        super().__init__(f"Epoch {live} is live: see the parameters.", epoch=live)


class NothingAsked(Unprocessable):
    """The request asks for nothing"""


class DiscoveryBudget(TooMany):
    """The discovery budget does not cover this"""

    def __init__(self, left: int, needed: int, retry_after_s: int) -> None:
        """`retry_after_s`: until there is enough for as much as can ever be asked at once."""
        super().__init__(retry_after_s, f"{left} left, {needed} needed; nothing was charged.")
        self.members |= {"left": left, "needed": needed}

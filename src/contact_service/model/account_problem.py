"""Refusals that linked accounts alone tell: leaves of the tree in problem.py.

Problem
 ├ Forbidden 403 (ScopesNotGranted{scopes})
 ├ NotFound 404 (ProviderNotOffered)
 ├ Conflict 409 (LinkRefused, CostUnknown{reason})
 └ Unprocessable 422 (TooManyAccounts{limit})
"""

from collections.abc import Sequence

from contact_service.model.problem import Conflict, Forbidden, NotFound, Unprocessable


class ScopesNotGranted(Forbidden):
    """The provider was not allowed to give what is needed"""

    def __init__(self, scopes: Sequence[str]) -> None:
        super().__init__("Connect again and leave all boxes ticked.", scopes=list(scopes))


class ProviderNotOffered(NotFound):
    """This provider is not offered here"""


class LinkRefused(Conflict):
    """This link was used before, has expired, or was begun elsewhere"""

    def __init__(self) -> None:
        super().__init__("Begin again: POST /v1/accounts/{provider}:authorize.")


class CostUnknown(Conflict):
    """What a read would cost cannot be found out now"""

    def __init__(self, reason: str) -> None:
        """`reason`: a slug, as reports of imports have it: budget-exceeded, reauthorise, rate-limited …"""
        super().__init__("See `reason`.", reason=reason)


class TooManyAccounts(Unprocessable):
    """The owner has linked as many accounts as they may"""

    def __init__(self, limit: int) -> None:
        super().__init__(f"At most {limit} accounts an owner: unlink one.", limit=limit)

"""Refusals that the CardDAV face alone tells: leaves of the tree in problem.py.

Problem
 ├ Forbidden 403 (NotOneCard, DavRefused{precondition})
 ├ MethodNotAllowed 405 (BookExists)
 ├ Conflict 409 (NoParent, WrongUid{id})
 └ Unprocessable 422 (TooManyBooks{limit})
"""

from contact_service.model.problem import Conflict, Forbidden, MethodNotAllowed, Unprocessable


class NotOneCard(Forbidden):
    """The body is not the one vCard that a resource holds"""


class DavRefused(Forbidden):
    """The request breaks a precondition of WebDAV"""

    def __init__(self, namespace: str, local: str) -> None:
        """The name of the element that tells it in a DAV:error body (RFC 4918 16)."""
        super().__init__(f"See {local} in {namespace}", precondition=local)
        self.precondition = (namespace, local)


class BookExists(MethodNotAllowed):
    """There is something at this place already"""


class NoParent(Conflict):
    """The address book in which this should lie is not there"""


class WrongUid(Conflict):
    """The contact has another uid, which never changes"""

    def __init__(self, card: str) -> None:
        super().__init__("Send it under another name.", id=card)


class TooManyBooks(Unprocessable):
    """The owner has as many address books as they may"""

    def __init__(self, limit: int) -> None:
        super().__init__(f"At most {limit} address books an owner.", limit=limit)

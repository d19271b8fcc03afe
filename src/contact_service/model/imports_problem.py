"""Refusals that imports alone tell: leaves of the tree in problem.py.

Problem
 ├ Conflict 409 (ImportEnded{state}, ImportUnderWay{id}, PreviewOutdated, NotConnected)
 ├ Unprocessable 422 (UnsupportedFile{found, accepted})
 └ TooMany 429 (TooManyImports{limit, retryAfter})
"""

from uuid import UUID

from contact_service.model.problem import Conflict, TooMany, Unprocessable


class ImportEnded(Conflict):
    """The import is in a state that does not allow this"""

    def __init__(self, state: str) -> None:
        super().__init__(f"It is {state}.", state=state)


class ImportUnderWay(Conflict):
    """An import of this source is under way"""

    def __init__(self, running: UUID) -> None:
        super().__init__("Let it end, or cancel it.", id=str(running))


class NotConnected(Conflict):
    """The account must be connected again"""


class PreviewOutdated(Conflict):
    """The address book, the file or what was asked is another than in the preview"""

    def __init__(self) -> None:
        super().__init__("Ask for a new preview.")


class UnsupportedFile(Unprocessable):
    """The file is no address book that can be read"""

    def __init__(self, found: str, detail: str, accepted: tuple[str, ...]) -> None:
        """`found` is a slug of what it seems to be (`unknown`, `empty`, `pdf`), `detail` says what to export instead,
        `accepted` is all that is read.
        """
        super().__init__(detail, found=found, accepted=list(accepted))
        self.found = found


class TooManyImports(TooMany):
    """As many imports wait as may"""

    def __init__(self, limit: int, retry_after_s: int) -> None:
        super().__init__(retry_after_s, f"At most {limit} imports of an owner wait.")
        self.members |= {"limit": limit}

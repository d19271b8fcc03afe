"""A Db that notes what the server is asked: the statement, and how many keys go with it."""

from typing import Any

from contact_service.storage import queries
from contact_service.storage.db import Db

Asked = tuple[str, tuple[object, ...]]
_BY_THE_CLOCK = frozenset(queries.load("epochs").values())
"""Asked every few seconds, whoever is looked for."""


class Watched(Db):
    """`seen` grows by each statement, in order."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.seen: list[Asked] = []

    async def _connect(self) -> Any:
        con = await super()._connect()
        con.add_query_logger(self._note)
        return con

    def _note(self, record: Any) -> None:
        if record.query not in _BY_THE_CLOCK:
            sizes = [
                len(arg) if isinstance(arg, list | tuple) else type(arg)
                for arg in record.args or ()
            ]
            self.seen.append((record.query, tuple(sizes)))

    def taken(self) -> list[Asked]:
        """What was asked since the last time."""
        seen, self.seen = self.seen, []
        return seen

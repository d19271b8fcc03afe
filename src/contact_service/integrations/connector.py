"""What every provider's connector is: pages of changes pulled over one fetch that keeps all the rules."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Protocol

import msgspec

from contact_service.model.imports import Page


class Limit(msgspec.Struct, frozen=True):
    """At most `calls` in `seconds`; `per` names whose calls are counted together: app or account."""

    calls: int
    seconds: int
    per: str


class Manifest(msgspec.Struct, frozen=True):
    """What is known of a provider before it is asked. `origins`: scheme and host, the only ones that are ever asked;
    `at_once`: requests of one account under way; `cost_micro_usd`: of one record, 0 where calls are free.
    """

    provider: str
    scopes: tuple[str, ...]
    origins: tuple[str, ...]
    limits: tuple[Limit, ...]
    at_once: int = 1
    gives_edges: bool = False
    cost_micro_usd: int = 0


class Fetched(msgspec.Struct, frozen=True):
    """An answer: 2xx, or a 4xx that is the connector's to read. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Fetch(Protocol):
    """GET with the account's token, within the manifest: origins, limits, sizes, no redirects, the money budget.

    `records`: at most how many records the call may return, for calls that cost. A 401 is refreshed and asked again
    once; 5xx, resets and time-outs are tried 6 times. Raises Reauthorise, RateLimited, Transient, BudgetExceeded,
    ProviderChanged (a URL of another origin, an answer that is too large).
    """

    async def __call__(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        records: int = 0,
    ) -> Fetched:
        """The answer."""
        ...


class Pull(msgspec.Struct, frozen=True):
    """What a connector is given: the way to the provider, the base URL of its API (no slash at the end), and the
    owner's choices for this account by name, such as Google's `otherContacts`.
    """

    fetch: Fetch
    base: str
    options: Mapping[str, bool] = {}


class Connector(Protocol):
    """One provider. `cursor` is what an earlier page gave as `resume` or `checkpoint`, None for everything."""

    manifest: Manifest

    def pull(self, ctx: Pull, cursor: bytes | None) -> AsyncIterator[Page]:
        """The pages, in order; the last one has a `checkpoint` where the provider has a delta. Raises what `Fetch`
        does, and CursorExpired.
        """
        ...


class ConnectorError(Exception):
    """Why pages do not come. `slug` is told to the owner; no text of the provider is ever kept in it."""

    slug = "provider-error"


class CursorExpired(ConnectorError):
    """The provider forgot the cursor: read everything once."""

    slug = "cursor-expired"


class Reauthorise(ConnectorError):
    """The grant is gone: the owner must connect again."""

    slug = "reauthorise"


class MissingScope(ConnectorError):
    """The owner did not grant what is needed."""

    slug = "missing-scope"


class RateLimited(ConnectorError):
    """Not before `until` (UTC)."""

    slug = "rate-limited"

    def __init__(self, until: datetime) -> None:
        super().__init__(self.slug)
        self.until = until


class Transient(ConnectorError):
    """Tried 6 times; later it may work."""

    slug = "provider-away"


class BudgetExceeded(ConnectorError):
    """The call would cost more than is left of the money budget."""

    slug = "budget-exceeded"


class ProviderChanged(ConnectorError):
    """The answer has another shape than the provider documents: nothing of it is applied."""

    slug = "provider-changed"

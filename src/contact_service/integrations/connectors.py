"""The connectors by provider."""

from collections.abc import Mapping
from types import MappingProxyType

from contact_service.integrations.connector import Connector
from contact_service.integrations.facebook import Facebook
from contact_service.integrations.google import Google
from contact_service.integrations.microsoft import Microsoft
from contact_service.integrations.x import X

ALL: Mapping[str, Connector] = MappingProxyType(
    {"google": Google(), "microsoft": Microsoft(), "facebook": Facebook(), "x": X()}
)


def of(provider: str) -> Connector:
    """The provider's connector. KeyError for a provider that has none."""
    return ALL[provider]

"""What a row of the table of settings says."""

import msgspec

from contact_service.settings.kinds import Kind

PREFIX = "CONTACT_"


class Setting(msgspec.Struct, frozen=True):
    """One row: `default` is text as in the environment, "" for unset; a `secret` value is never shown."""

    name: str
    kind: Kind
    default: str
    doc: str
    unit: str = ""
    secret: bool = False

    @property
    def variable(self) -> str:
        """The environment variable's name."""
        return PREFIX + self.name

    @property
    def field(self) -> str:
        """The attribute of Settings."""
        return self.name.lower()

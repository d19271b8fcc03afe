"""The settings of the discovery budget and its fences: rows of the table. Why these figures: docs on discovery."""

from contact_service.settings import kinds
from contact_service.settings.setting import Setting

_MOST = 10**9


def _units(name: str, default: str, doc: str, least: int = 1) -> Setting:
    kind = kinds.whole(least, _MOST, "identifiers")
    return Setting(name, kind, default, doc, "identifiers")


ROWS: tuple[Setting, ...] = (
    _units("DISCOVERY_AT_ONCE", "2000", "Identifiers a new account may look up at once."),
    _units(
        "DISCOVERY_AT_ONCE_ATTESTED",
        "5000",
        "The same for accounts that are registered with the trust `attested`.",
    ),
    _units(
        "DISCOVERY_PER_DAY",
        "500",
        "What a day adds to that until CONTACT_DISCOVERY_EARNED is reached.",
    ),
    _units(
        "DISCOVERY_EARNED",
        "10000",
        "Up to how many, those at once among them, CONTACT_DISCOVERY_PER_DAY adds.",
    ),
    _units("DISCOVERY_AFTER_PER_DAY", "50", "What a day adds from then on."),
    _units("DISCOVERY_MOST", "10000", "What may lie unspent; never less than is given at once."),
    _units(
        "DISCOVERY_NETWORK_PER_DAY",
        "30000",
        "What the accounts under 7 days of one IPv4 /24 or IPv6 /48 may look up a day; 0 sets no limit.",
        least=0,
    ),
    Setting(
        "DISCOVERY_HITS_PERCENT",
        kinds.whole(0, 100, "percent"),
        "2",
        "Fewer hits among over 500 identifiers halve the refill for 7 days; 0 asks for none.",
        "%",
    ),
    _units(
        "DISCOVERY_HITS_FROM",
        "100000",
        "Registered identifiers, counted by changes, from which few hits mean anything: an app few use yet has few.",
        least=0,
    ),
    Setting(
        "DISCOVERY_RUNS_PERCENT",
        kinds.whole(1, 101, "percent"),
        "20",
        "As many of over 500 identifiers in runs of near phone numbers halve it too; 101 allows all.",
        "%",
    ),
    Setting(
        "DISCOVERY_ALARM_TIMES",
        kinds.whole(0, 1000, "times"),
        "3",
        "How many times the median of 7 days a day's identifiers may be before the alarm; 0 gives none.",
        "times",
    ),
)

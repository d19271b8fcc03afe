"""Numbering plans compiled from the metadata of `phonenumbers`: what its parser decides for a string of digits.

One pattern per calling code and length stands for the library's walk over all regions and number types. Everything
here repeats the library's rules for plain ASCII digits; tests/matching/test_phones.py holds both equal.
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any

import phonenumbers
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, SUPPORTED_REGIONS, PhoneMetadata

CODES = frozenset(map(str, COUNTRY_CODE_TO_REGION_CODE))
_TYPES = (
    "fixed_line",
    "mobile",
    "premium_rate",
    "toll_free",
    "shared_cost",
    "voip",
    "personal_number",
    "pager",
    "uan",
    "voicemail",
)


class Rules:
    """How one region writes its numbers: lengths, the national prefix and what it is rewritten to."""

    __slots__ = ("general", "idd", "local", "longest", "possible", "prefix", "rewrite")

    def __init__(self, metadata: Any) -> None:
        desc = metadata.general_desc
        self.possible = frozenset(desc.possible_length)
        self.local = frozenset(desc.possible_length_local_only)
        self.longest = max(self.possible)
        self.general = re.compile(desc.national_number_pattern or r"(?!)")
        prefix = metadata.national_prefix_for_parsing
        self.prefix = re.compile(prefix) if prefix else None
        self.rewrite: str | None = metadata.national_prefix_transform_rule or None
        idd = metadata.international_prefix
        self.idd = re.compile(idd) if idd else None

    def without_prefix(self, digits: str) -> str:
        """`digits` without the national prefix, unless only the prefixed form fits the plan."""
        match = self.prefix.match(digits) if self.prefix else None
        if match is None:
            return digits
        if self.rewrite is None or match.groups()[-1] is None:
            rest = digits[match.end() :]
        else:
            rest = match.re.sub(self.rewrite, digits, count=1)
        if self.general.fullmatch(digits) and not self.general.fullmatch(rest):
            return digits
        return rest

    def national(self, digits: str) -> str:
        """The national significant number: the prefix goes only when a full-length number is left."""
        rest = self.without_prefix(digits)
        length = len(rest)
        fits = length not in self.local and (length in self.possible or length > self.longest)
        return rest if fits else digits


class CodePlan:
    """What the regions of one calling code allow."""

    __slots__ = ("_patterns", "_regions", "_whole", "code", "leading", "regions", "rules")

    def __init__(self, code: str) -> None:
        number = int(code)
        self.code = code
        self.regions: tuple[str, ...] = COUNTRY_CODE_TO_REGION_CODE[number]
        self._regions: list[Any] = [
            PhoneMetadata.metadata_for_region_or_calling_code(number, region)
            for region in self.regions
        ]
        # The library judges prefix and lengths by the main region alone, also for numbers of the others.
        self.rules = Rules(self._regions[0])
        several = len(self.regions) > 1
        leading = [m.leading_digits for m in self._regions if several and m.leading_digits]
        self.leading = re.compile("|".join(leading)) if leading else None
        self._patterns: dict[int, re.Pattern[str]] = {}
        self._whole: dict[int, re.Pattern[str]] = {}

    def pattern(self, length: int) -> re.Pattern[str]:
        """Full match = valid number of that many digits; the group that matched is the region's place from 1."""
        found = self._patterns.get(length)
        if found is None:
            found = self._patterns[length] = self._compile(length)
        return found

    def whole(self, length: int) -> re.Pattern[str]:
        """As `pattern`, but only of numbers that no rule would read in another way: what is left of them is they."""
        found = self._whole.get(length)
        if found is None:
            found = self._whole[length] = self._closed(length)
        return found

    def _closed(self, length: int) -> re.Pattern[str]:
        rules = self.rules
        if length not in rules.possible or length in rules.local or length < 7:
            return re.compile(r"(?!)")
        prefix = f"(?!{rules.prefix.pattern})" if rules.prefix else ""
        return re.compile(f"{prefix}(?:{self.pattern(length).pattern})")

    def _compile(self, length: int) -> re.Pattern[str]:
        several = len(self.regions) > 1
        text = ""
        for metadata in reversed(self._regions):
            own = "|".join(dict.fromkeys(_patterns(metadata, length))) or r"(?!)"
            own = rf"(?:{own})\Z"
            general = metadata.general_desc.national_number_pattern
            own = rf"((?=(?:{general})\Z){own})" if general else r"((?!))"
            if several and metadata.leading_digits:
                # The library stops at the first region whose leading digits fit, valid there or not.
                lead = rf"(?:{metadata.leading_digits})"
                text = rf"(?={lead}){own}|(?!{lead})(?:{text or '(?!)'})"
            else:
                text = f"{own}|{text}" if text else own
        return re.compile(text)


class RegionPlan:
    """A default region: its own rules, and the plan of the calling code it dials under."""

    __slots__ = ("code", "rules")

    def __init__(self, region: str) -> None:
        metadata: Any = PhoneMetadata.metadata_for_region(region, None)
        self.code = str(metadata.country_code)
        self.rules = Rules(metadata)

    def with_code(self, digits: str) -> str | None:
        """The national part of `digits` that start with the own calling code without a plus, else None."""
        if not digits.startswith(self.code):
            return None
        rest = self.rules.without_prefix(digits[len(self.code) :])
        general, length = self.rules.general, len(digits)
        too_long = length > self.rules.longest and length not in self.rules.local
        better = not general.fullmatch(digits) and general.fullmatch(rest)
        return rest if better or too_long else None


@cache
def of_code(code: str) -> CodePlan:
    """The plan of a calling code out of CODES."""
    return CodePlan(code)


@lru_cache(maxsize=512)
def of_region(region: str) -> RegionPlan | None:
    """The plan of an ISO 3166-1 region, None when nobody dials from there."""
    return RegionPlan(region) if region in SUPPORTED_REGIONS else None


def split(digits: str) -> tuple[CodePlan, str] | None:
    """Calling code and rest, None when the digits start with no known code."""
    for length in (1, 2, 3):
        if digits[:length] in CODES:
            return of_code(digits[:length]), digits[length:]
    return None


@lru_cache(maxsize=1000)
def of_opening(three: str) -> CodePlan | None:
    """The plan of the calling code that these three digits begin with, None when it is none."""
    parts = split(three)
    return parts[0] if parts is not None else None


def metadata_version() -> str:
    """The release of the metadata in use; stored with matches, which are made again when it changes."""
    return str(phonenumbers.__version__)


def _patterns(metadata: Any, length: int) -> Iterator[str]:
    for name in _TYPES:
        desc = getattr(metadata, name)
        if desc is None or not desc.national_number_pattern:
            continue
        if not desc.possible_length or length in desc.possible_length:
            yield desc.national_number_pattern

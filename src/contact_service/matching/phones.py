"""Phone numbers to E.164 (ITU-T E.164, RFC 3966), as PyPI `phonenumbers` reads them, most of them without asking it.

Plain digits with the usual punctuation are decided by compiled plans (phone_plans.py); all else, and whatever a plan
leaves open, by the library. Nothing is guessed: repairs are `legacy_forms` and make no Identifier.
"""

import re
from enum import StrEnum
from functools import lru_cache

import msgspec
import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

from contact_service.matching import phone_plans
from contact_service.matching.phone_plans import CodePlan
from contact_service.model.identifier import Identifier

METADATA_VERSION = phone_plans.metadata_version()
LONGEST = 250
"""Characters; the library refuses more, and so do we before any work."""
MEMO_SIZE = 8192


class Reason(StrEnum):
    """Why a text is no phone number that could be dialled from anywhere."""

    REGION_UNKNOWN = "region_unknown"
    NOT_A_NUMBER = "not_a_number"
    UNKNOWN_CODE = "unknown_code"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    INVALID_LENGTH = "invalid_length"
    LOCAL_ONLY = "local_only"
    SHORT_CODE = "short_code"


class PhoneNumber(msgspec.Struct, frozen=True, gc=False):
    """`e164` with its plus; `region` ISO 3166-1, "001" for world-wide codes, None when undecided.

    `valid` ages with the metadata and is a flag only; `possible` is by length and decides about the Identifier.
    """

    e164: str
    extension: str | None = None
    region: str | None = None
    valid: bool = True
    possible: bool = True

    @property
    def identifier(self) -> Identifier | None:
        """What people are found by; None for a line behind a switchboard, which is nobody's account."""
        if self.extension is None and self.possible and 7 <= len(self.e164) <= 20:
            return Identifier("tel:" + self.e164)
        return None


# No letter, no # ; , ~ x: so no extension, no second number, no vanity digits for the library to find.
_PLAIN = re.compile(r"(?:[Tt][Ee][Ll]:)?[ (]*(\+?)([0-9 ()./-]{5,40})\Z")
_PUNCTUATION = str.maketrans("", "", " ()./-")
_POST_DIAL = re.compile(r"[0-9 ()/.-]{5}[ ]*[pPwW]")


def normalise(raw: str, region: str | None) -> PhoneNumber | Reason:
    """The number in `raw` as dialled from `region` (ISO 3166-1; None: only numbers with a plus can be read).

    Never raises. Equal to the library in E.164, extension, region and validity.
    """
    if len(raw) > LONGEST:
        return Reason.TOO_LONG
    plain = _PLAIN.match(raw)
    if plain is not None:
        digits = plain[2].translate(_PUNCTUATION)
        if 6 < len(digits) < 17:
            found = _international(digits) if plain[1] else _national(digits, region)
            if found is not None:
                return found
    return _by_library(raw, region)


def identifier(raw: str, region: str | None) -> Identifier | None:
    """The Identifier of the number in `raw`, dialled from `region` as in `normalise`; None when it has none."""
    if stands(raw):
        return Identifier("tel:" + raw)
    found = normalise(raw, region)
    return found.identifier if isinstance(found, PhoneNumber) else None


def stands(raw: str) -> bool:
    """Whether `raw` is a valid number in E.164, which is its own canonical form. Most are, and this is a tenth of the
    way of `normalise`; where it is False, that may still find one.
    """
    digits = raw[1:]
    if raw[:1] != "+" or not (6 < len(digits) < 16 and digits.isascii() and digits.isdigit()):
        return False
    plan = phone_plans.of_opening(digits[:3])
    if plan is None:
        return False
    national = digits[len(plan.code) :]
    return plan.whole(len(national)).match(national) is not None


class Memo:
    """`normalise` and `identifier`, each with its last 8,192 answers kept. One per action call: numbers of people who
    are no users must not outlive the request that brought them.
    """

    __slots__ = ("identifier", "normalise")

    def __init__(self, size: int = MEMO_SIZE) -> None:
        self.normalise = lru_cache(maxsize=size)(normalise)
        self.identifier = lru_cache(maxsize=size)(identifier)


def legacy_forms(raw: str, region: str | None) -> tuple[str, ...]:
    """E.164 forms `raw` may have meant, where it is no possible number as it stands: the old Mexican mobile 1, a 00
    from where one dials otherwise, text to be sent after dialling. For duplicates and the match of stored cards.
    """
    if len(raw) > LONGEST:
        return ()
    found = normalise(raw, region)
    if isinstance(found, PhoneNumber) and found.possible:
        return ()
    cut = _POST_DIAL.search(raw)
    text = raw[: cut.end() - 1] if cut else raw
    digits = text.translate(_PUNCTUATION).removeprefix("tel:")
    candidates = [text] if cut else []
    if digits.startswith("+521") and len(digits) == 14:
        candidates.append("+52" + digits[4:])
    if digits.startswith("00"):
        candidates.append("+" + digits[2:])
    forms = (normalise(candidate, region) for candidate in candidates)
    repaired = (form.e164 for form in forms if isinstance(form, PhoneNumber) and form.valid)
    return tuple(dict.fromkeys(repaired))


def widen_regex_cache() -> None:
    """Let the library keep every pattern it compiles: Python's own cache holds 512, the plans need thousands, and a
    messy number costs ten times as much without. About 18 MB; called once, by wiring.
    """
    phonenumbers.enable_pattern_cache()


def _international(digits: str) -> PhoneNumber | Reason | None:
    parts = phone_plans.split(digits)
    if parts is None:
        return None
    plan, rest = parts
    return _decide(plan, plan.rules.national(rest))


def _national(digits: str, region: str | None) -> PhoneNumber | Reason | None:
    plan = phone_plans.of_region(region.upper()) if region else None
    if plan is None:
        return Reason.REGION_UNKNOWN
    idd = plan.rules.idd.match(digits) if plan.rules.idd else None
    if idd is not None and digits[idd.end() : idd.end() + 1] != "0":
        rest = digits[idd.end() :]
        return _international(rest) if len(rest) > 6 else None
    own = plan.with_code(digits)
    code = phone_plans.of_code(plan.code)
    if own is not None:
        return _decide(code, code.rules.national(own))
    return _decide(code, plan.rules.national(digits))


def _decide(plan: CodePlan, national: str) -> PhoneNumber | Reason | None:
    """The verdict on a national significant number; None: ask the library."""
    length = len(national)
    if length not in plan.rules.possible or length in plan.rules.local or length < 7:
        return None
    match = plan.pattern(length).match(national)
    if match is not None and match.lastindex is not None:
        return PhoneNumber("+" + plan.code + national, None, plan.regions[match.lastindex - 1])
    if plan.leading is not None and plan.leading.match(national):
        return None
    region = plan.regions[0] if len(plan.regions) == 1 else None
    return PhoneNumber("+" + plan.code + national, None, region, valid=False)


_ERRORS = {
    NumberParseException.INVALID_COUNTRY_CODE: Reason.UNKNOWN_CODE,
    NumberParseException.NOT_A_NUMBER: Reason.NOT_A_NUMBER,
    NumberParseException.TOO_SHORT_AFTER_IDD: Reason.TOO_SHORT,
    NumberParseException.TOO_SHORT_NSN: Reason.TOO_SHORT,
    NumberParseException.TOO_LONG: Reason.TOO_LONG,
}
_LENGTHS = {
    ValidationResult.INVALID_COUNTRY_CODE: Reason.UNKNOWN_CODE,
    ValidationResult.TOO_SHORT: Reason.TOO_SHORT,
    ValidationResult.TOO_LONG: Reason.TOO_LONG,
    ValidationResult.INVALID_LENGTH: Reason.INVALID_LENGTH,
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: Reason.LOCAL_ONLY,
}


def _by_library(raw: str, region: str | None) -> PhoneNumber | Reason:
    region = region.upper() if region else None
    try:
        number = phonenumbers.parse(raw, region)
    except NumberParseException as refusal:
        reason = _ERRORS.get(refusal.error_type, Reason.NOT_A_NUMBER)
        unknown = phone_plans.of_region(region or "") is None and not _has_plus(raw)
        return Reason.REGION_UNKNOWN if reason is Reason.UNKNOWN_CODE and unknown else reason
    valid = phonenumbers.is_valid_number(number)
    length = _LENGTHS.get(phonenumbers.is_possible_number_with_reason(number))
    if length is not None and not valid:
        return length
    national = phonenumbers.national_significant_number(number)
    if not valid and len(national) <= 6 and not _has_plus(raw):
        # Possible by length in countries with short subscriber numbers, yet dialled as it stands: 12345, 116117.
        return Reason.SHORT_CODE
    return PhoneNumber(
        phonenumbers.format_number(number, PhoneNumberFormat.E164),
        number.extension or None,
        phonenumbers.region_code_for_number(number),
        valid=valid,
        possible=length is None,
    )


def _has_plus(raw: str) -> bool:
    return "+" in raw or "＋" in raw

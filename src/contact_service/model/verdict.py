"""Verdicts: what a validator says of a phone number or an e-mail address that somebody is about to be invited by.

A verdict never tells whether the identifier is a user's. What a validator says that is not known here is `unknown`.
"""

from datetime import datetime
from enum import StrEnum

import msgspec


class LineType(StrEnum):
    """What a number leads to."""

    MOBILE = "mobile"
    FIXED = "fixed"
    FIXED_OR_MOBILE = "fixed_or_mobile"
    VOIP = "voip"
    TOLL_FREE = "toll_free"
    PREMIUM = "premium"
    SHARED_COST = "shared_cost"
    PERSONAL = "personal"
    PAGER = "pager"
    COMPANY = "company"
    VOICEMAIL = "voicemail"


class PhoneReason(StrEnum):
    """Why a number is as it is said to be; `assigned_range`: nothing speaks against it."""

    ASSIGNED_RANGE = "assigned_range"
    UNASSIGNED_RANGE = "unassigned_range"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    INVALID_LENGTH = "invalid_length"
    UNKNOWN_CODE = "unknown_code"
    LOCAL_ONLY = "local_only"
    NOT_A_NUMBER = "not_a_number"
    UNKNOWN = "unknown"


class Outcome(StrEnum):
    """Whether mail arrives."""

    DELIVERABLE = "deliverable"
    UNDELIVERABLE = "undeliverable"
    RISKY = "risky"
    UNKNOWN = "unknown"


class EmailReason(StrEnum):
    """What is known of an address."""

    ACCEPTED_EMAIL = "accepted_email"
    REJECTED_EMAIL = "rejected_email"
    INVALID_EMAIL = "invalid_email"
    INVALID_DOMAIN = "invalid_domain"
    NULL_MX = "null_mx"
    TAKES_MAIL = "takes_mail"
    DISPOSABLE = "disposable"
    ROLE = "role"
    LOW_QUALITY = "low_quality"
    LOW_DELIVERABILITY = "low_deliverability"
    NO_CONNECT = "no_connect"
    TIMEOUT = "timeout"
    INVALID_SMTP = "invalid_smtp"
    UNAVAILABLE_SMTP = "unavailable_smtp"
    UNEXPECTED_ERROR = "unexpected_error"
    UNKNOWN = "unknown"


class PhoneVerdict(msgspec.Struct, frozen=True, rename="camel"):
    """`possible` by length, `valid` in a range that is given out. `source` names who says so; `costMicroUsd` is what
    asking cost, in millionths of a dollar.
    """

    valid: bool
    possible: bool
    reason: PhoneReason
    source: str
    checked_at: datetime
    line_type: LineType | None = None
    country: str | None = None
    cost_micro_usd: int = 0


class EmailVerdict(msgspec.Struct, frozen=True, rename="camel"):
    """`disposable`: an address for an hour; `role`: of a post, of no person; `suggestion`: what may be meant."""

    outcome: Outcome
    reasons: tuple[EmailReason, ...]
    source: str
    checked_at: datetime
    disposable: bool = False
    role: bool = False
    suggestion: str | None = None
    cost_micro_usd: int = 0


class Missing(StrEnum):
    """Why the validator by URL was not asked, or did not answer: what stands in the verdict is known without it."""

    CONSENT = "consent"
    BUDGET = "budget"
    AWAY = "away"

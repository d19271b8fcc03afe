"""Exit codes, and how a refusal becomes one line on stderr.

0 done, 1 failed, 2 wrong use (an argument, a setting, a file of another format), 3 the owner's consent is missing,
130 interrupted.
"""

import shlex
import sys

from contact_service.model.problem import (
    ConsentRequired,
    Malformed,
    Problem,
    TooLarge,
    Unprocessable,
    UnsupportedFormat,
)
from contact_service.settings.environment import BadSetting
from contact_service.vault.access import IssuerKeyUnreadable
from contact_service.vault.keyring import KeyringRefused
from contact_service.wiring.crew import WorkersDie
from contact_service.wiring.listening import CannotListen

DONE, FAILED, WRONG_USE, NO_CONSENT, INTERRUPTED = 0, 1, 2, 3, 130

KNOWN = (Problem, BadSetting, IssuerKeyUnreadable, KeyringRefused, WorkersDie, CannotListen)
_WRONG = (Malformed, Unprocessable, UnsupportedFormat, TooLarge, BadSetting)


class WrongUse(Exception):
    """An argument cannot be used; `str` is one line."""


def code(error: Exception) -> int:
    """The exit code for an error of KNOWN."""
    if isinstance(error, ConsentRequired):
        return NO_CONSENT
    return WRONG_USE if isinstance(error, _WRONG) else FAILED


def line(error: Exception) -> str:
    """What is said of it: a Problem with its slug, so that it can be looked up."""
    return f"{error.slug}: {error}" if isinstance(error, Problem) else str(error)


def of_argument(error: Exception) -> str:
    """What is said of an argument that cannot be used, in one line."""
    told = getattr(error, "format_message", error.__str__)()
    return " ".join(str(told).split())


def say(text: str) -> None:
    """One line on stderr."""
    print(f"contacts: {text}", file=sys.stderr)  # noqa: T201 - the command's own output


def how_to_consent(owner: str, where: list[str]) -> str:
    """The command that records the missing consent, ready to be pasted."""
    return shlex.join(["contacts", "consent", owner, "store", *where])

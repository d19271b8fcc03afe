"""Log lines: structlog, JSON on stderr, with an allow-list of keys and no personal data (law 9; privacy.md R26).

A line says what happened to a route, a count, a type of error: never a path with ids, a query, an exception's text.
"""

import logging
import re
import sys
import traceback
from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import Any, TextIO

import msgspec
import structlog
from structlog.typing import FilteringBoundLogger

KEYS = frozenset(
    {
        "address", "attempt", "bytes", "cache", "check", "count", "dropped", "error_type", "event", "frames", "kind",
        "level", "limit", "logger", "method", "ms", "pid", "pool", "port", "request_id", "route", "setting", "slug",
        "state", "statement", "status", "task", "template", "time", "version", "wait_s", "worker",
    }
)  # fmt: skip
"""Every key a line may have; another one is dropped and counted in `dropped`."""

LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
_LONGEST = 200
_MOST_FRAMES = 12
# A second wall, for a slip of ours: an e-mail address or a run of digits as long as a phone number.
_PERSONAL = re.compile(r"@|\d[\d ().-]{5,}\d")
_EXEMPT = frozenset({"time", "request_id", "version", "address"})
_PACKAGES = Path(__file__).resolve().parents[2]

Event = MutableMapping[str, Any]


def make(
    level: str = "info", form: str = "json", stream: TextIO | None = None
) -> FilteringBoundLogger:
    """A logger of that least level and form (`json`, `text`) to the stream, stderr by default. No global is set."""
    logger: FilteringBoundLogger = structlog.wrap_logger(
        structlog.PrintLogger(stream or sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            allow,
            _json if form == "json" else _text,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        context_class=dict,
        cache_logger_on_first_use=True,
    )
    return logger


def allow(_logger: object, _method: str, event: Event) -> Event:
    """The structlog processor that keeps allowed keys with plain values, drops and counts the rest."""
    kept = {key: event[key] for key in event if key in KEYS and _plain(key, event[key])}
    if len(kept) < len(event):
        kept["dropped"] = len(event) - len(kept)
    return kept


def error(log: FilteringBoundLogger, event: str, failure: BaseException, **keys: Any) -> None:
    """One error line: the failure's type and where it arose, `file:line function`; never its text, which may quote."""
    log.error(event, error_type=type(failure).__name__, frames=frames(failure), **keys)


def frames(failure: BaseException) -> list[str]:
    """`file:line function` of the innermost frames, outermost first; files relative to their package."""
    found = traceback.extract_tb(failure.__traceback__)[-_MOST_FRAMES:]
    return [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in found]


class LibraryLines(logging.Handler):
    """Passes on what libraries log through `logging`: logger, level and message template, never the message.

    A template is passed only where arguments stand apart from it: a message put together beforehand may hold anything.
    """

    def __init__(self, log: FilteringBoundLogger) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line for the record."""
        write = _writer(self._log, record.levelno)
        keys: dict[str, Any] = {"logger": record.name}
        if record.args and isinstance(record.msg, str):
            keys["template"] = record.msg
        failure = record.exc_info[1] if record.exc_info else None
        if failure is not None:
            keys["error_type"] = type(failure).__name__
            keys["frames"] = frames(failure)
        else:
            keys["frames"] = [f"{_short(record.pathname)}:{record.lineno}"]
        write("library", **keys)


def adopt_libraries(log: FilteringBoundLogger, level: str = "warning") -> LibraryLines:
    """Make `log` the only sink of the `logging` module, from that level on. Once a process, by the wiring."""
    handler = LibraryLines(log)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(LEVELS[level])
    # The warnings module quotes source lines; through here only its place is told.
    logging.captureWarnings(capture=True)
    return handler


class AccessLines:
    """The access log's rule: errors (5xx), requests over 100 ms, and 1 in 100 of the rest (performance.md 2)."""

    __slots__ = ("_every", "_log", "_seen", "_slow_s")

    def __init__(self, log: FilteringBoundLogger, every: int = 100, slow_s: float = 0.1) -> None:
        self._log = log
        self._every = every
        self._slow_s = slow_s
        self._seen = 0

    def write(
        self, method: str, route: str, status: int, seconds: float, request_id: str, size_bytes: int
    ) -> None:
        """Note one answered request, and write its line if the rule says so. `route` is the template."""
        self._seen += 1
        if status < 500 and seconds <= self._slow_s and self._seen % self._every:
            return
        line = _writer(self._log, logging.ERROR if status >= 500 else logging.INFO)
        line(
            "request.answered",
            method=method,
            route=route,
            status=status,
            ms=round(seconds * 1000, 2),
            request_id=request_id,
            bytes=size_bytes,
        )


def _writer(log: FilteringBoundLogger, level: int) -> Callable[..., Any]:
    if level >= logging.ERROR:
        return log.error
    if level >= logging.WARNING:
        return log.warning
    return log.info if level >= logging.INFO else log.debug


def _plain(key: str, value: object) -> bool:
    """Numbers, flags, short strings, frames; a string that looks like an identifier is none of them."""
    if isinstance(value, str):
        return len(value) <= _LONGEST and (key in _EXEMPT or not _PERSONAL.search(value))
    if isinstance(value, list):
        return key == "frames" and all(
            isinstance(item, str) and len(item) <= _LONGEST for item in value
        )
    return value is None or isinstance(value, (bool, int, float))


def _short(filename: str) -> str:
    """The file without the folders of this machine."""
    path = Path(filename)
    if path.is_relative_to(_PACKAGES):
        return path.relative_to(_PACKAGES).as_posix()
    return "/".join(path.parts[-2:])


def _encode(value: object) -> str:
    # A lone surrogate cannot be written; backslashreplace in a log is better than a failed request.
    try:
        return msgspec.json.encode(value).decode()
    except UnicodeEncodeError:
        return msgspec.json.encode(
            repr(value).encode("ascii", "backslashreplace").decode()
        ).decode()


def _json(_logger: object, _method: str, event: Event) -> str:
    return _encode(dict(event))


def _text(_logger: object, _method: str, event: Event) -> str:
    """`time level event key=value …`; values as JSON, so that none can start a new line."""
    head = [str(event.pop(key, "-")) for key in ("time", "level")]
    name = _encode(event.pop("event", "-"))
    return " ".join([*head, name.strip('"'), *(f"{key}={_encode(event[key])}" for key in event)])

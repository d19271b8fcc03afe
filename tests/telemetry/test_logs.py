"""Log lines: allowed keys only, no personal value, no exception text, one line each."""

import io
import json
import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_service.telemetry import logs

PHONE = "+1 415 555 0123"
MAIL = "ann.sentinel@example.org"


class Sink:
    """A stream and its lines, read back."""

    def __init__(self, level: str = "debug", form: str = "json") -> None:
        self.stream = io.StringIO()
        self.log = logs.make(level, form, self.stream)

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]


@pytest.fixture
def sink() -> Sink:
    return Sink()


@pytest.fixture
def libraries():
    root = logging.getLogger()
    before = (root.handlers, root.level)
    sink = Sink()
    logs.adopt_libraries(sink.log, "debug")
    yield sink
    logging.captureWarnings(False)
    root.handlers, root.level = before


def _fail(text: str) -> None:
    raise ValueError(text)


def test_a_line_is_one_json_object_with_time_and_level(sink: Sink) -> None:
    sink.log.info("service.started", port=8080, pid=7)
    (line,) = sink.lines
    assert line.pop("time").endswith("Z")
    assert line == {"event": "service.started", "level": "info", "port": 8080, "pid": 7}


def test_an_unknown_key_is_dropped_and_counted(sink: Sink) -> None:
    sink.log.info("card.read", owner="ann", name="Ann", count=2)
    (line,) = sink.lines
    assert (line["count"], line["dropped"]) == (2, 2)
    assert set(line) <= logs.KEYS


@pytest.mark.parametrize("value", [PHONE, MAIL, "415-555-0123", {"a": 1}, b"x", ["x"], "x" * 201])
def test_a_value_that_may_be_personal_is_dropped(sink: Sink, value: object) -> None:
    sink.log.info("card.read", kind=value)
    (line,) = sink.lines
    assert "kind" not in line
    assert line["dropped"] == 1


@given(
    st.dictionaries(st.text(max_size=8) | st.sampled_from(sorted(logs.KEYS)), st.text(max_size=20))
)
def test_whatever_is_given_the_line_is_one_and_holds_allowed_keys_only(
    keys: dict[str, str],
) -> None:
    keys = {key: value for key, value in keys.items() if key not in {"event", "level", "time"}}
    for form in ("json", "text"):
        sink = Sink(form=form)
        sink.log.bind(**keys).info("card.read")
        text = sink.stream.getvalue()
        assert text.count("\n") == 1
        if form == "json":
            assert set(json.loads(text)) <= logs.KEYS


def test_an_error_tells_type_and_place_and_never_its_text(sink: Sink) -> None:
    try:
        _fail(MAIL)
    except ValueError as failure:
        logs.error(sink.log, "request.failed", failure, route="/v1/contacts")
    (line,) = sink.lines
    assert line["error_type"] == "ValueError"
    assert line["frames"][-1].endswith(" _fail")
    assert line["frames"][-1].startswith("telemetry/test_logs.py:")
    assert MAIL not in sink.stream.getvalue()


def test_frames_of_our_own_package_name_no_folder_of_the_machine() -> None:
    with pytest.raises(KeyError) as failed:
        logs.make("no such level")
    assert logs.frames(failed.value)[-1].startswith("contact_service/telemetry/logs.py:")


def test_levels_below_the_least_are_silent() -> None:
    sink = Sink("warning")
    sink.log.info("quiet")
    sink.log.warning("loud")
    assert [line["event"] for line in sink.lines] == ["loud"]


def test_a_text_line_reads_left_to_right() -> None:
    sink = Sink(form="text")
    sink.log.info("request.answered", route="/v1/a b", status=200)
    assert (
        sink.stream.getvalue().split(" ", 1)[1]
        == 'info request.answered route="/v1/a b" status=200\n'
    )


@pytest.mark.parametrize("form", ["json", "text"])
def test_a_lone_surrogate_does_not_fail_the_caller(form: str) -> None:
    sink = Sink(form=form)
    sink.log.info("card.read", kind="\ud800")
    assert "card.read" in sink.stream.getvalue()


def test_a_librarys_message_is_never_repeated(libraries: Sink) -> None:
    logging.getLogger("asyncpg").warning("row %s of %d", MAIL, 7)
    ready_made = "GET /v1/search?q=Sentinella"
    logging.getLogger("uvicorn.error").error(ready_made)
    try:
        _fail(PHONE)
    except ValueError:
        logging.getLogger("asyncio").exception("failed")
    text = libraries.stream.getvalue()
    assert not [value for value in (MAIL, PHONE, "Sentinella") if value in text]
    first, second, third = libraries.lines
    assert (first["logger"], first["template"], first["level"]) == (
        "asyncpg",
        "row %s of %d",
        "warning",
    )
    assert (second["level"], "template" in second) == ("error", False)
    assert (third["error_type"], third["level"]) == ("ValueError", "error")


def test_debug_lines_of_libraries_pass_when_asked_for(libraries: Sink) -> None:
    logging.getLogger("x").debug("a %s", "b")
    assert libraries.lines[0]["level"] == "debug"


def test_the_access_log_writes_errors_slow_ones_and_one_in_a_hundred(sink: Sink) -> None:
    access = logs.AccessLines(sink.log)
    for nth in range(1, 301):
        status = 500 if nth == 7 else 200
        access.write("GET", "/v1/contacts/{id}", status, 0.2 if nth == 8 else 0.05, str(nth), 10)
    assert [line["request_id"] for line in sink.lines] == ["7", "8", "100", "200", "300"]
    assert [line["level"] for line in sink.lines] == ["error", "info", "info", "info", "info"]
    assert sink.lines[1]["ms"] == 200.0


def test_a_refused_request_is_no_error_of_ours(sink: Sink) -> None:
    logs.AccessLines(sink.log).write("GET", "/v1/x", 404, 0.01, "a", 0)
    assert sink.lines == []

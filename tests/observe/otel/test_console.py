"""Messages on stdout."""

from __future__ import annotations

import json
import sys

import pytest

from headroom.observe.otel.about import about
from headroom.observe.otel.console import line, write
from headroom.observe.otel.post import Undelivered
from headroom.observe.otel.spans import Span
from headroom.observe.otel.traces import traces_message

WHOSE = about("ours", "", version="1.2", instance="one")
MESSAGE = traces_message(
    [Span("call", b"\xab" * 16, b"\xcd" * 8, b"\xef" * 8, 5, 9, (("a", 1),), "server")], WHOSE
)


def test_a_message_is_one_line_in_the_json_of_the_protocol() -> None:
    said = line(MESSAGE)

    assert "\n" not in said
    (of_process,) = json.loads(said)["resourceSpans"]
    (span,) = of_process["scopeSpans"][0]["spans"]
    assert (span["traceId"], span["spanId"]) == ("ab" * 16, "cd" * 8)
    assert span["parentSpanId"] == "ef" * 8
    assert (span["kind"], span["startTimeUnixNano"]) == (2, "5")


def test_it_is_written_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    write(MESSAGE, 1.0)

    assert capsys.readouterr().out == line(MESSAGE) + "\n"


class Full:
    """A stream that takes nothing."""

    def write(self, _text: str) -> None:
        raise OSError(28, "No space left on device")


def test_a_stdout_that_takes_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", Full())

    with pytest.raises(Undelivered, match="stdout cannot be written: No space left on device"):
        write(MESSAGE, 1.0)

"""The real Codex does a task of several turns through the proxy, by each way that it may take."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from tests.agents import codex
from tests.support.proxy_process import proxy_process
from tests.upstream import Call, Provider, Received, Say, Script, Think, running

SHOW = 'for i in $(seq 100 250); do echo "2026-11-21 10:00:00 INFO worker-$i served item $i"; done'
TASK = "Find out what is slow, and write it down."


def _calls(command: str) -> Script:
    call = Call("exec_command", {"cmd": command})
    return Script((Think("I must look."), Say("I look."), call))


@dataclass(slots=True)
class Task:
    """What the provider says, one turn after the other, whatever it is asked in between."""

    cuts_at: int = -1
    """The turn that is cut when it is asked for the first time."""
    turns: list[Script] = field(
        default_factory=lambda: [
            _calls(SHOW),
            _calls(SHOW),
            _calls("echo fixed > result.txt"),
            Script((Say("Done."),)),
        ]
    )
    turn: int = 0

    def __call__(self, received: Received) -> Script:
        if received.json().get("generate") is False:
            return Script(())
        said = self.turns[min(self.turn, len(self.turns) - 1)]
        if self.turn == self.cuts_at:
            self.cuts_at = -1
            return replace(said, cut_after=2)
        self.turn += 1
        return said


@dataclass(frozen=True, slots=True)
class Run:
    """What came of it."""

    asked: list[Received]
    """The requests that a model was asked with."""
    code: int
    result: str

    @property
    def outputs(self) -> list[list[str]]:
        """Of each request the texts of tools in it."""
        return [
            [item["output"] for item in items if item["type"] == "function_call_output"]
            for items in map(_input_of, self.asked)
        ]

    @property
    def size(self) -> int:
        """How much of tools' texts was sent."""
        return sum(len(text) for each in self.outputs for text in each)


def _input_of(received: Received) -> list[Any]:
    found = received.json()["input"]
    assert isinstance(found, list)
    return found


@contextmanager
def _before(provider: Provider, folder: Path, *, direct: bool, workers: int) -> Iterator[str]:
    folder.mkdir()
    with running(provider) as url:
        if direct:
            yield url
        else:
            with proxy_process(folder, url, "--workers", str(workers)) as proxied:
                yield proxied


def done(
    folder: Path,
    *,
    direct: bool = False,
    sockets: bool = True,
    logs_in: bool = False,
    cuts_at: int = -1,
    workers: int = 1,
) -> Run:
    """The task, done."""
    provider = Provider(otherwise=Task(cuts_at), sockets=sockets)
    with _before(provider, folder, direct=direct, workers=workers) as url:
        code = codex.run(folder, url, TASK, logs_in=logs_in)
    asked = [
        each
        for each in provider.received
        if each.path.endswith("/responses") and each.body and b'"generate":false' not in each.body
    ]
    return Run(asked, code, (folder / "work" / "result.txt").read_text())


def test_codex_works_over_a_websocket_and_sends_less(tmp_path: Path) -> None:
    direct = done(tmp_path / "direct", direct=True)
    through = done(tmp_path / "through")

    assert (through.code, through.result) == (direct.code, direct.result) == (0, "fixed\n")
    assert all(each.by_socket for each in through.asked)
    assert [len(each) for each in through.outputs] == [len(each) for each in direct.outputs]
    # The first is written more tightly, the second told in a few words.
    assert through.size < direct.size / 2
    assert through.asked[0].header("openai-beta") == direct.asked[0].header("openai-beta")


@pytest.mark.parametrize("workers", [1, 4])
def test_codex_goes_on_over_another_websocket_with_the_forms_that_were_sent(
    tmp_path: Path, workers: int
) -> None:
    through = done(tmp_path / "through", cuts_at=2, workers=workers)

    assert (through.code, through.result) == (0, "fixed\n")
    _, [first], [second], whole, _ = through.outputs
    assert whole == [first, second]
    assert all(each.by_socket for each in through.asked)


def test_codex_goes_on_over_http_where_the_provider_takes_no_websocket(tmp_path: Path) -> None:
    direct = done(tmp_path / "direct", direct=True, sockets=False)
    through = done(tmp_path / "through", sockets=False)

    assert (through.code, through.result) == (direct.code, direct.result) == (0, "fixed\n")
    assert not any(each.by_socket for each in through.asked)
    assert through.size < direct.size / 2
    for before, after in zip(through.outputs, through.outputs[1:], strict=False):
        assert after[: len(before)] == before


@pytest.mark.parametrize("sockets", [True, False])
def test_codex_works_with_a_login_of_chatgpt(tmp_path: Path, *, sockets: bool) -> None:
    through = done(tmp_path / "through", sockets=sockets, logs_in=True)

    assert (through.code, through.result) == (0, "fixed\n")
    assert {each.path for each in through.asked} == {"/backend-api/codex/responses"}
    assert {each.header("chatgpt-account-id") for each in through.asked} == {"account"}
    assert {each.by_socket for each in through.asked} == {sockets}
    long = [text for each in through.outputs for text in each if "worker-" in text]
    assert long
    assert all(len(text) < 5_000 for text in long)
    # What came packed goes on packed where nothing was done to it.
    packed = [each.header("content-encoding") for each in through.asked]
    assert packed == [None] * 4 if sockets else ["zstd", None, None, None]

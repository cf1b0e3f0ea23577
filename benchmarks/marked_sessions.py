"""Sessions of clients that set no cache marks: made up, or recorded ones with theirs taken off."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.synthetic import made_texts, word
from headroom.replay.dialects import AnthropicDialect
from headroom.replay.files import read_sessions, session_files
from headroom.replay.session import Session, Thread, thread_of

DIALECT = AnthropicDialect()
MODEL = "claude-sonnet-4-5"
TURNS = 12
RESULT_CHARACTERS = 5_000
SYSTEM = "You are a careful engineer. You look before you change anything, and you say why. " * 60
PARALLEL = 12

_TOOL_NAMES = ("Bash", "Read", "Edit", "Grep", "web_fetch", "todo_write")

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Group:
    """Sessions that one line of the table is about; *shared* says that one follows the other
    while the first is still cached."""

    name: str
    sessions: tuple[Session, ...]
    shared: bool = False


def made_groups() -> list[Group]:
    """An agent, a chat, and what is not meant to go on."""
    singles = tuple(_chat(f"question {number}", 1) for number in range(TURNS))
    in_a_row = tuple(_agent(f"agent {number}", listed=True) for number in range(3))
    examples = tuple(_after_examples(number) for number in range(TURNS))
    extractions = tuple(_extraction(number) for number in range(TURNS))
    return [
        Group("agent, 12 turns", (_agent("agent"),)),
        Group("the same, its text as lists", (_agent("agent", listed=True),)),
        Group("agent, 12 turns of 12 calls at once", (_agent("parallel", calls=PARALLEL),)),
        Group("three agents in a row", in_a_row, shared=True),
        Group("chat without tools, 12 turns", (_chat("chat", TURNS),)),
        Group("the same, its newest message in documents", (_on_documents(),)),
        Group("agent, a note behind its newest results", (_noted(),)),
        Group("12 single questions", singles, shared=True),
        Group("12 single questions, each after examples", examples, shared=True),
        Group("12 extractions by a tool", extractions, shared=True),
    ]


def recorded_group(folder: Path) -> Group:
    """The recorded sessions in *folder* that speak Anthropic's dialect, without marks."""
    read = (one for file in session_files([folder]) for one in read_sessions(file))
    found = tuple(_bare(session) for session in read if session.dialect == DIALECT)
    return Group(f"{len(found)} recorded sessions", found)


def _session(name: str, items: list[Json], **head: Any) -> Session:
    fixed = {"model": MODEL, "max_tokens": 1024, "system": SYSTEM, **head, "messages": None}
    return Session(name, DIALECT, MODEL, fixed, (thread_of(tuple(items), DIALECT),))


def _agent(name: str, *, calls: int = 1, listed: bool = False) -> Session:
    task = f"Find out why the harbour's report is late ({name}), and mend it. " * 4
    system: Any = [{"type": "text", "text": SYSTEM}] if listed else SYSTEM
    items: list[Json] = [{"role": "user", "content": _text(task) if listed else task}]
    texts = _results(calls)
    for turn in range(TURNS - 1):
        made = [next(texts) for _ in range(calls)]
        items += _turn(turn, made)
    items.append({"role": "assistant", "content": [{"type": "text", "text": "It is mended."}]})
    return _session(name, items, system=system, tools=[_tool(name) for name in _TOOL_NAMES])


def _turn(turn: int, made: list[tuple[str, Mapping[str, str], str]]) -> list[Json]:
    ids = [f"toolu_{turn:02d}_{number}" for number in range(len(made))]
    said: list[Json] = [{"type": "text", "text": f"Let me look at the {word(turn)} next."}]
    said += [
        {"type": "tool_use", "id": name, "name": tool, "input": dict(arguments)}
        for name, (tool, arguments, _) in zip(ids, made, strict=True)
    ]
    told = [
        {"type": "tool_result", "tool_use_id": name, "content": text}
        for name, (_, _, text) in zip(ids, made, strict=True)
    ]
    return [{"role": "assistant", "content": said}, {"role": "user", "content": told}]


def _results(calls: int) -> Iterator[tuple[str, Mapping[str, str], str]]:
    """What tools gave, of all kinds in turn; no two alike."""
    size = RESULT_CHARACTERS if calls == 1 else RESULT_CHARACTERS // 5
    number = 0
    while True:
        for one in made_texts(size + 100 * number):
            yield one.tool, one.arguments, f"{one.text}\n{word(number)} {number}"
        number += 1


def _chat(name: str, turns: int) -> Session:
    items: list[Json] = []
    for turn in range(turns):
        items.append({"role": "user", "content": _words(f"{name}, {turn}: what of", turn, 120)})
        items.append({"role": "assistant", "content": _words("It is", turn + 50, 200)})
    return _session(name, items)


def _changing(session: Session, change: Callable[[int, Json], Json]) -> Session:
    """The session of a client that sends its newest message in another way than later on."""
    (thread,) = session.threads
    threads = []
    for turn, (start, end) in enumerate(thread.turns):
        newest = change(turn, thread.items[start - 1])
        items = (*thread.items[: start - 1], newest, *thread.items[start:end])
        threads.append(Thread(items, ((start, end),)))
    return Session(session.name, DIALECT, MODEL, session.head, tuple(threads))


def _on_documents() -> Session:
    return _changing(
        _chat("on documents", TURNS),
        lambda turn, said: {**said, "content": f"{_words('Given', turn, 400)}\n{said['content']}"},
    )


def _noted() -> Session:
    return _changing(
        _agent("noted", listed=True),
        lambda turn, said: {
            **said,
            "content": [*said["content"], *_text(_words("Just now:", turn, 60))],
        },
    )


def _after_examples(number: int) -> Session:
    (thread,) = _chat("examples", 4).threads
    single = _words(f"Now {number}:", number + 90, 120)
    answer = {"role": "assistant", "content": word(number)}
    items = (*thread.items, {"role": "user", "content": single}, answer)
    turn = (len(items) - 1, len(items))
    head = _session("", []).head
    return Session(f"example {number}", DIALECT, MODEL, head, (Thread(items, (turn,)),))


def _extraction(number: int) -> Session:
    items: list[Json] = [
        {"role": "user", "content": _words(f"Letter {number}:", number, 300)},
        {"role": "assistant", "content": [_call(number)]},
    ]
    choice = {"type": "tool", "name": "Read"}
    return _session(f"letter {number}", items, tools=[_tool("Read")], tool_choice=choice)


def _call(number: int) -> Json:
    return {"type": "tool_use", "id": f"toolu_{number}", "name": "Read", "input": {"n": number}}


def _words(begin: str, seed: int, count: int) -> str:
    return f"{begin} {' '.join(word(seed * 131 + n * n) for n in range(count))}"


def _text(text: str) -> list[Json]:
    return [{"type": "text", "text": text}]


def _tool(name: str) -> Json:
    about = f"{name} does what its name says, in the repository, and gives what comes out. " * 6
    schema = {"type": "object", "properties": {"argument": {"type": "string"}}}
    return {"name": name, "description": about, "input_schema": schema}


def _bare(session: Session) -> Session:
    """The session with the one model, and without marks."""
    head = {**_without_marks(dict(session.head)), "model": MODEL}
    head.setdefault("max_tokens", 1024)
    threads = tuple(
        type(thread)(tuple(_without_marks(item) for item in thread.items), thread.turns)
        for thread in session.threads
    )
    return Session(session.name, DIALECT, MODEL, head, threads)


def _without_marks(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_marks(each) for each in value]
    if isinstance(value, dict):
        return {name: _without_marks(v) for name, v in value.items() if name != "cache_control"}
    return value

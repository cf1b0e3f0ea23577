"""What every dialect must hold: being listed in FORMATS is being tested here."""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headroom.conversation import Conversation, Edit
from headroom.formats import FORMATS
from headroom.formats.base import Format, ReplyEvent, ReplyReader
from headroom.wire.document import Document
from headroom.wire.sse import EventReader
from tests.formats import streams
from tests.formats.bodies import read
from tests.support.at_length import at_length

every_format = pytest.mark.parametrize("dialect", FORMATS, ids=lambda dialect: str(dialect.name))

MESSAGES = {
    "anthropic": "messages",
    "openai_chat": "messages",
    "openai_responses": "input",
    "gemini": "contents",
}
PARTS = {"gemini": "parts"}
"""Where a message holds what it says, if not in `content`."""
ASSISTANTS = {"gemini": "model"}

STREAMS = {
    "anthropic": streams.ANTHROPIC,
    "openai_chat": streams.CHAT,
    "openai_responses": streams.RESPONSES,
    "gemini": streams.GEMINI,
}

# RELIABILITY A1: bodies of wrong types.  MESSAGES stands for the member with the messages.
WRONG: tuple[Callable[[str], Any], ...] = (
    lambda name: {},
    lambda name: {name: 5},
    lambda name: {name: "hi"},
    lambda name: {name: None},
    lambda name: {name: {}},
    lambda name: {name: True},
    lambda name: {name: [None]},
    lambda name: {name: [[]]},
    lambda name: {name: ["a", 5, 1.5, False]},
    lambda name: {name: [{}]},
    lambda name: {name: [{"role": 5, "type": 5}]},
    lambda name: {name: [{"role": None, "content": None}]},
    lambda name: {name: [{"role": "user"}]},
    lambda name: {name: [{"role": "user", "content": {"a": 1}}]},
    lambda name: {name: [{"role": "user", "content": [[[None]]]}]},
    lambda name: {name: [{"role": "user", "content": [{"type": "text"}]}]},
    lambda name: {name: [{"role": "user", "content": [{"type": "text", "text": {"a": None}}]}]},
    lambda name: {name: [{"role": "assistant", "content": [{"type": "tool_use"}]}]},
    lambda name: {name: [{"role": "assistant", "tool_calls": [{"function": None}]}]},
    lambda name: {name: [{"role": "assistant", "function_call": []}]},
    lambda name: {name: [{"role": "tool", "tool_call_id": {}, "content": [{"text": None}]}]},
    lambda name: {name: [{"role": "user", "content": [{"type": "tool_result", "content": 5}]}]},
    lambda name: {name: [{"type": "function_call", "call_id": [], "arguments": {}}]},
    lambda name: {name: [{"type": "function_call_output", "output": [{"text": [None]}]}]},
    lambda name: {name: [{"role": "user", "parts": 5}]},
    lambda name: {name: [{"role": [], "parts": [None, 5, {}, {"text": 5}]}]},
    lambda name: {name: [{"role": "model", "parts": [{"functionCall": 5}, {"functionCall": {}}]}]},
    lambda name: {name: [{"parts": [{"functionResponse": []}, {"functionResponse": {}}]}]},
    lambda name: {name: [{"parts": [{"functionResponse": {"name": 5, "response": [5]}}]}]},
    lambda name: {name: [], "systemInstruction": 5, "generationConfig": [], "cachedContent": {}},
    lambda name: {name: [], "model": 5, "stream": "yes", "tools": 5, "system": 5},
    lambda name: {name: [], "tools": [None, 5, {"a": []}], "system": [None], "thread": 5},
    lambda name: {name: [], "context_management": 5, "truncation": [], "instructions": {"a": 1}},
)


@every_format
def test_a_dialect_can_be_found_by_its_name_and_its_routes(dialect: Format) -> None:
    others = [other for other in FORMATS if other is not dialect]

    assert dialect.name in MESSAGES
    assert dialect.routes
    assert all(dialect.name != other.name for other in others)
    assert not any(set(dialect.routes) & set(other.routes) for other in others)


@every_format
@pytest.mark.parametrize("wrong", range(len(WRONG)))
def test_A1_a_body_of_wrong_types_is_read_and_left_alone(dialect: Format, wrong: int) -> None:
    body = msgspec.json.encode(WRONG[wrong](MESSAGES[dialect.name]))
    document = Document.read(body)

    conversation = dialect.read(document)

    assert not any(block.editable for block in conversation.blocks)
    assert document.rewrite(()) is body


KINDS = [
    *("text", "thinking", "tool_use", "tool_result"),
    *("image", "search_result", "message", "reasoning"),
    *("item_reference", "function_call", "function_call_output", "custom_tool_call"),
    *("custom_tool_call_output", "shell_call", "local_shell_call", "local_shell_call_output"),
    *("shell_call_output", "apply_patch_call_output", "input_text", "output_text"),
    *("function", "custom", "invented"),
]
TEXTS = st.sampled_from(["a.py\nb.py", '{"a": 1}', "{}", "[1", "id_1", "é\0", " ", ""])
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), TEXTS)
NAMES = st.sampled_from(
    [
        *("id", "call_id", "tool_use_id", "tool_call_id", "name", "arguments", "input", "output"),
        *("content", "text", "function", "custom", "tool_calls", "function_call", "action"),
        *("cache_control", "is_error", "citations", "stdout", "stderr", "summary", "signature"),
    ]
)


def _anything(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    member = st.dictionaries(NAMES, inner, max_size=4)
    typed = st.tuples(member, st.sampled_from(KINDS)).map(lambda each: {**each[0], "type": each[1]})
    return st.one_of(st.lists(inner, max_size=3), member, typed)


VALUES = st.recursive(SCALARS, _anything, max_leaves=6)
ROLES = st.sampled_from(["user", "assistant", "user", "assistant", "system", "tool", "model", "x"])
IDS = st.sampled_from(["id_1", "id_2"])
TOOLS = st.sampled_from(["Bash", "headroom_retrieve"])


def _members(**members: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """An object of the right shape, now and then with one member that is anything at all."""
    damage = st.dictionaries(st.sampled_from(sorted(members)), VALUES, max_size=1)
    right = st.fixed_dictionaries(members)
    damaged = st.tuples(right, damage).map(lambda each: {**each[0], **each[1]})
    return st.one_of(right, right, right, damaged)


TEXT_PARTS = _members(type=st.sampled_from(["text", "input_text", "output_text"]), text=TEXTS)
RESULTS = st.one_of(
    TEXTS,
    st.lists(st.one_of(TEXT_PARTS, _members(stdout=TEXTS, stderr=TEXTS), VALUES), max_size=3),
)
TOOL_USES = _members(type=st.just("tool_use"), id=IDS, name=TOOLS, input=VALUES)
TOOL_RESULTS = _members(type=st.just("tool_result"), tool_use_id=IDS, content=RESULTS)
ANY_PARTS = st.one_of(TEXT_PARTS, TOOL_USES, TOOL_RESULTS, VALUES)
CALLS = _members(id=IDS, function=_members(name=TOOLS, arguments=TEXTS))
CALL_KINDS = st.sampled_from(["function_call", "custom_tool_call", "local_shell_call"])
ANY_MESSAGE = st.one_of(
    _members(role=ROLES, content=TEXTS),
    _members(role=ROLES, content=st.lists(ANY_PARTS, max_size=3)),
    VALUES,
)

LONG = "line\n" * 60
RESPONSES = st.recursive(
    st.one_of(SCALARS, st.just(LONG)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=3)),
    max_leaves=6,
)
SIGNATURES = st.sampled_from(["sig_1", "sig_2"])
SAID_PARTS = st.one_of(
    _members(text=TEXTS),
    _members(text=TEXTS, thought=st.booleans()),
    _members(text=TEXTS, thoughtSignature=SIGNATURES),
    _members(functionCall=_members(name=TOOLS, args=VALUES, id=IDS)),
    _members(function_call=_members(name=TOOLS, args=VALUES), thought_signature=SIGNATURES),
    VALUES,
)
TOLD_PARTS = st.one_of(
    _members(text=TEXTS),
    _members(functionResponse=_members(name=TOOLS, response=RESPONSES, id=IDS)),
    _members(function_response=_members(name=TOOLS, response=RESPONSES)),
    VALUES,
)

MESSAGES_OF: dict[str, st.SearchStrategy[Any]] = {
    "anthropic": st.one_of(
        _members(role=st.just("assistant"), content=st.lists(TOOL_USES, max_size=2)),
        _members(role=st.just("user"), content=st.lists(TOOL_RESULTS, max_size=3)),
        ANY_MESSAGE,
    ),
    "openai_chat": st.one_of(
        _members(role=st.just("assistant"), content=TEXTS, tool_calls=st.lists(CALLS, max_size=2)),
        _members(role=st.just("tool"), tool_call_id=IDS, content=RESULTS),
        ANY_MESSAGE,
    ),
    "openai_responses": st.one_of(
        _members(type=CALL_KINDS, call_id=IDS, name=TOOLS, arguments=TEXTS, input=TEXTS),
        _members(type=CALL_KINDS.map(lambda kind: f"{kind}_output"), call_id=IDS, output=RESULTS),
        ANY_MESSAGE,
    ),
    "gemini": st.one_of(
        _members(role=st.just("model"), parts=st.lists(SAID_PARTS, max_size=3)),
        _members(role=st.just("user"), parts=st.lists(TOLD_PARTS, max_size=3)),
        ANY_MESSAGE,
    ),
}


@every_format
@settings(max_examples=at_length(150), deadline=None)
@given(draws=st.data())
def test_any_value_in_any_field_is_read_and_what_is_editable_can_be_edited(
    dialect: Format, draws: st.DataObject
) -> None:
    messages = draws.draw(st.lists(MESSAGES_OF[dialect.name], min_size=2, max_size=8))
    body = msgspec.json.encode({MESSAGES[dialect.name]: messages})
    document = Document.read(body)
    conversation = dialect.read(document)
    edits = [Edit(block.path, "NEW", "test") for block in conversation.blocks if block.editable]

    after = dialect.read(Document.read(document.rewrite(edits)))

    assert _texts(after) == [
        "NEW" if block.editable else block.text for block in conversation.blocks
    ]


@every_format
@settings(max_examples=at_length(100), deadline=None)
@given(draws=st.data(), length=st.integers(min_value=0, max_value=8))
def test_a_block_depends_only_on_what_stands_before_it(
    dialect: Format, draws: st.DataObject, length: int
) -> None:
    messages = draws.draw(st.lists(MESSAGES_OF[dialect.name], min_size=2, max_size=8))
    name = MESSAGES[dialect.name]

    beginning = read(dialect, {name: messages[:length]}).blocks
    whole = read(dialect, {name: messages}).blocks

    assert beginning == whole[: len(beginning)]


@every_format
def test_a_block_leads_to_its_own_text(dialect: Format) -> None:
    parts, assistant = PARTS.get(dialect.name), ASSISTANTS.get(dialect.name, "assistant")
    go, yes = [{"text": "Go."}], [{"text": "Yes."}]
    body: dict[str, Any] = {
        MESSAGES[dialect.name]: [
            {"role": "user", parts or "content": go if parts else "Go."},
            {"role": assistant, parts or "content": yes if parts else "Yes."},
            {"role": "user", parts or "content": [_text(dialect, "a.py")]},
        ]
    }

    conversation = read(dialect, body)

    assert _texts(conversation) == ["Go.", "Yes.", "a.py"]
    for block in conversation.blocks:
        value: Any = body
        for step in block.path:
            value = value[step]
        assert value == block.text


@every_format
def test_an_unknown_shape_is_opaque_and_says_the_same_in_any_spelling(dialect: Format) -> None:
    name, parts = MESSAGES[dialect.name], PARTS.get(dialect.name, "content")
    head = b'{"%s": [{"role": "user", "%s": [' % (name.encode(), parts.encode())
    spellings = (
        b'{"type":"novel","b":1,"a":"\\u00e9"}]}]}',
        b'{"a": "\xc3\xa9", "type": "novel", "cache_control": {}, "b":1} ] } ]}',
    )

    blocks = [dialect.read(Document.read(head + spelling)).blocks for spelling in spellings]

    assert blocks[0] == blocks[1]
    assert [(block.kind, block.editable) for block in blocks[0]] == [("opaque", False)]


@every_format
def test_model_and_streaming_are_read(dialect: Format) -> None:
    streamed = read(dialect, {"model": "a-model", "stream": True})
    whole = read(dialect, {"model": None, "stream": None})

    assert (streamed.model, streamed.streaming) == ("a-model", True)
    assert (whole.model, whole.streaming) == ("", False)


@every_format
def test_a_stream_says_the_same_wherever_it_is_cut(dialect: Format) -> None:
    stream = STREAMS[dialect.name]
    at_once = streams.watch(dialect, stream)

    for cut in range(len(stream)):
        assert streams.watch(dialect, stream[:cut], stream[cut:]) == at_once
    assert streams.watch(dialect, *(stream[i : i + 1] for i in range(len(stream)))) == at_once


@every_format
def test_a_whole_reply_says_nothing_before_its_end(dialect: Format) -> None:
    reply = msgspec.json.encode({"content": [], "choices": [], "output": [], "status": "completed"})
    reader = dialect.reply_reader(streaming=False)

    assert not any(reader.feed(reply[i : i + 1]) for i in range(len(reply)))


@every_format
@pytest.mark.parametrize("streaming", [True, False])
@settings(max_examples=at_length(60), deadline=None)
@given(chunks=st.lists(st.binary(max_size=60), max_size=6))
def test_no_bytes_make_a_reader_raise(
    dialect: Format, streaming: bool, chunks: list[bytes]
) -> None:
    streams.watch(dialect, *chunks, streaming=streaming)


@every_format
@settings(max_examples=40, deadline=None)
@given(seed=st.integers(min_value=0, max_value=2**32))
def test_a_damaged_stream_does_not_make_a_reader_raise(dialect: Format, seed: int) -> None:
    chance = random.Random(seed)
    stream = bytearray(STREAMS[dialect.name])
    for _ in range(5):
        stream[chance.randrange(len(stream))] = chance.randrange(256)

    streams.watch(dialect, bytes(stream))


def _with_one_member_replaced(value: Any, steps: list[int], new: Any) -> Any:
    """*value* with *new* in place of what *steps* lead to."""
    if not steps or not isinstance(value, (dict, list)) or not value:
        return new
    names = list(value) if isinstance(value, dict) else range(len(value))
    name = names[steps[0] % len(names)]
    copied = value.copy()
    copied[name] = _with_one_member_replaced(value[name], steps[1:], new)
    return copied


@every_format
@settings(max_examples=at_length(200), deadline=None)
@given(
    which=st.integers(min_value=0, max_value=20),
    steps=st.lists(st.integers(min_value=0, max_value=9), min_size=1, max_size=6),
    new=VALUES,
)
def test_events_of_wrong_types_do_not_make_a_reader_raise(
    dialect: Format, which: int, steps: list[int], new: Any
) -> None:
    data = [event.data for event in EventReader().feed(STREAMS[dialect.name])]
    events = [msgspec.json.decode(each) for each in data if each != b"[DONE]"]
    which %= len(events)
    events[which] = _with_one_member_replaced(events[which], steps, new)

    streams.watch(dialect, streams.plain(*events))


@every_format
@settings(max_examples=at_length(100), deadline=None)
@given(steps=st.lists(st.integers(min_value=0, max_value=9), min_size=1, max_size=6), new=VALUES)
def test_whole_replies_of_wrong_types_do_not_make_a_reader_raise(
    dialect: Format, steps: list[int], new: Any
) -> None:
    reply = _with_one_member_replaced(streams.WHOLE[dialect.name], steps, new)

    streams.whole(dialect, reply)


@every_format
@pytest.mark.parametrize("streaming", [True, False])
@pytest.mark.parametrize("begin", [b"data: ", b"", b"x\n"], ids=["data", "bare", "line"])
def test_a_reader_never_holds_more_than_a_megabyte(
    dialect: Format, streaming: bool, begin: bytes
) -> None:
    reader = dialect.reply_reader(streaming=streaming)

    assert _held_after(reader, begin, *[b"x" * 100_000] * 40) < 1_200_000


@every_format
def test_calls_that_never_end_are_not_held_for_ever(dialect: Format) -> None:
    reader = dialect.reply_reader(streaming=True)
    piece = "x" * 10_000
    begins: list[dict[str, Any]] = [
        {
            "type": "content_block_start",
            "index": index,
            "content_block": {"type": "tool_use", "id": f"t{index}", "name": "write", "input": {}},
            "choices": [
                {"delta": {"tool_calls": [{"index": index, "id": "c", "function": {"name": "w"}}]}}
            ],
        }
        for index in range(30)
    ]
    pieces: list[dict[str, Any]] = [
        {
            "type": "content_block_delta",
            "index": index % 30,
            "delta": {"partial_json": piece},
            "choices": [
                {"delta": {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}}
            ],
        }
        for index in range(300)
    ]

    chunks = [b"data: %s\n\n" % msgspec.json.encode(each) for each in [*begins, *pieces]]

    assert _held_after(reader, *chunks) < 1_000_000


@every_format
@pytest.mark.parametrize("status", [400, 403, 413, 415, 421, 429, 502, 504])
def test_an_error_is_json_that_names_the_message(dialect: Format, status: int) -> None:
    error = msgspec.json.decode(dialect.error_body(status, 'no "such" thing\n'))

    assert error["error"]["message"] == 'no "such" thing\n'
    kind = "status" if dialect.name == "gemini" else "type"
    assert isinstance(error["error"][kind], str)


@every_format
def test_an_error_in_mid_stream_is_one_whole_event(dialect: Format) -> None:
    events = EventReader().feed(dialect.error_event("line one\nline two"))

    assert len(events) == 1
    assert msgspec.json.decode(events[0].data)["error"]["message"] == "line one\nline two"


@every_format
def test_our_own_errors_are_no_end_of_a_reply(dialect: Format) -> None:
    assert streams.watch(dialect, dialect.error_event("cut")) == []
    assert streams.watch(dialect, dialect.error_body(502, "cut"), streaming=False) == []


def _text(dialect: Format, text: str) -> dict[str, str]:
    """A part of a message that says this."""
    return {"text": text} if dialect.name in PARTS else {"type": "text", "text": text}


def _texts(conversation: Conversation) -> list[str]:
    return [block.text for block in conversation.blocks]


def _held_after(reader: ReplyReader, *chunks: bytes) -> int:
    """Bytes that are held when all chunks have gone by, beyond those held before."""
    said: list[ReplyEvent] = []
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for chunk in chunks:
        said.extend(reader.feed(chunk))
    held = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return held

"""A request body is a session too: every assistant turn in its history was once a request."""

from __future__ import annotations

from typing import Any

from headroom.replay.dialects import DIALECTS, Call, Dialect
from headroom.replay.session import Session, SessionError, Thread, thread_of


def session_from_body(name: str, body: dict[str, Any]) -> Session:
    """The session that led to this request.

    `format` says the dialect where it stands; else the shape tells it.  `format` and `meta`
    are not part of the request, nor is `model` where the path names it;
    `meta.next_assistant`, where it is recorded, is the answer to the request itself and so one
    more turn.
    """
    dialect = _dialect(body)
    history = body.get(dialect.history)
    if not isinstance(history, list):
        raise SessionError(f"{name}: {dialect.history!r} is not a list of messages")
    meta = body.get("meta")
    final = _recorded_answer(dialect, meta if isinstance(meta, dict) else {})
    thread = _with_answer(dialect, tuple(history), final)
    beside = ("format", "meta", "model") if dialect.default_model else ("format", "meta")
    head = {key: value for key, value in body.items() if key not in beside}
    head[dialect.history] = None
    model = body.get("model")
    return Session(
        name=name,
        dialect=dialect,
        model=model if isinstance(model, str) else dialect.default_model,
        head=head,
        threads=(thread,),
    )


def _dialect(body: dict[str, Any]) -> Dialect:
    named = (one for one in DIALECTS if body.get("format") in one.names)
    return next(named, None) or next(one for one in DIALECTS if one.wrote(body))


def _with_answer(dialect: Dialect, history: tuple[Any, ...], answer: tuple[Any, ...]) -> Thread:
    thread = thread_of(history, dialect)
    if not answer or not history:
        return thread
    end = len(history)
    return Thread((*history, *answer), (*thread.turns, (end, end + len(answer))))


def _recorded_answer(dialect: Dialect, meta: dict[str, Any]) -> tuple[Any, ...]:
    recorded = meta.get("next_assistant")
    if not isinstance(recorded, dict):
        return ()
    text = recorded.get("text")
    calls = [call for call in recorded.get("tool_calls") or () if isinstance(call, dict)]
    said = text if isinstance(text, str) else ""
    return dialect.turn(said, [_call(number, call) for number, call in enumerate(calls)])


def _call(number: int, call: dict[str, Any]) -> Call:
    name = str(call.get("name", ""))
    return Call(f"call_of_the_last_turn_{number}", name, call.get("input", {}))

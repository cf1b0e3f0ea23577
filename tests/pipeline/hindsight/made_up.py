"""Made-up conversations of agents in every dialect, request by request; the same for a seed."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
DIALECTS = ("anthropic", "openai_chat", "openai_responses", "gemini")
TASK = "Please find out which beds have no seeds."
PICTURE = "iVBORw0KGgo" * 300
TOOLS = ("Bash", "Read", "Edit", "mcp__tickets__get")
FILES = ("src/garden/beds.py", "src/garden/seeds.py", "docs/soil.md")


@dataclass(frozen=True, slots=True)
class Request:
    """One request of a conversation: its body, and how many messages stay in the next one."""

    body: bytes
    stays: int


def requests(dialect: str, seed: int, *, turns: int, **members: Any) -> list[Request]:
    """The requests of one conversation, each with all that was said before."""
    rng = random.Random(f"{dialect} {seed}")
    talk = _TALKS[dialect](rng)
    named = {} if dialect == "gemini" else {"model": talk.model}
    head = {**named, **talk.head, **members}
    said: list[Json] = talk.begins()
    made = []
    for number in range(1, turns + 1):
        prefill = talk.prefill() if rng.random() < 0.1 and number > 1 else []
        waits = talk.not_answered_yet()
        body = json.dumps({**head, talk.member: [*said, *waits, *prefill]}, ensure_ascii=False)
        made.append(Request(body.encode(), len(said)))
        said += talk.turn(number)
    return made


class _Results:
    """What tools say: long, short, empty, and now and then what was said before."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._said: list[str] = []

    def next(self) -> str:
        made = self._rng.choice(self._KINDS)(self, self._rng)
        self._said.append(made)
        return made

    def _log(self, rng: random.Random) -> str:
        at = rng.randrange(10_000)
        lines = [f"10:{n % 60:02d} INFO bed {at + n} was watered by can {n}" for n in range(60)]
        if rng.random() < 0.3:
            lines[rng.randrange(60)] = f"10:00 ERROR: bed {at} is dry"
        return "\n".join(lines[: rng.randrange(5, 60)])

    def _source(self, rng: random.Random) -> str:
        at = rng.randrange(1_000)
        return "\n".join(
            f"{n:>6}\tdef sow_{at}_{n}(bed): return bed.rows[{n}].sow(seeds, depth={n})"
            for n in range(1, rng.randrange(8, 90))
        )

    def _rows(self, rng: random.Random) -> str:
        rows = [{"id": rng.randrange(9_999), "bed": n, "state": "open"} for n in range(30)]
        return json.dumps(rows)

    def _again(self, rng: random.Random) -> str:
        return rng.choice(self._said) if self._said else "nothing yet"

    def _part(self, rng: random.Random) -> str:
        lines = self._again(rng).split("\n")
        return "\n".join([f"part {rng.randrange(999)}", *lines[len(lines) // 3 :], "the end"])

    def _short(self, rng: random.Random) -> str:
        return rng.choice(["ok", "done", "(no output)", "3 beds", "Exit code: 1\nno such bed"])

    _KINDS = (_log, _source, _source, _rows, _again, _part, _part, _short)


class _Talk:
    """What the dialects have in common."""

    member = "messages"
    model = "gpt-5.4"

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.results = _Results(rng)
        self.with_tools = rng.random() < 0.85
        self.head: Json = {}

    def asks(self, text: str) -> Json:
        return {"role": "user", "content": text}

    def begins(self) -> list[Json]:
        return [self.asks(TASK)]

    def prefill(self) -> list[Json]:
        return []

    def not_answered_yet(self) -> list[Json]:
        """What a client says meanwhile of calls whose answer comes later."""
        return []

    def turn(self, number: int) -> list[Json]:
        raise NotImplementedError

    def calls(self, number: int) -> list[tuple[str, str, Json]]:
        """The id, tool and arguments of the calls of a turn; sometimes there are none."""
        made = []
        for at in range(self.rng.choice([0, 1, 1, 1, 2, 3])):
            name = self.rng.choice(TOOLS)
            arguments: Json = {"command": f"look --bed {number}"}
            if name in ("Read", "Edit"):
                arguments = {"file_path": self.rng.choice(FILES)}
            made.append((f"call_{number}_{at}", name, arguments))
        return made

    def says(self, number: int) -> str:
        said = f"Let me look at bed {number}."
        return said if self.with_tools else f"{said}\n```bash\nlook --bed {number}\n```"

    def said_next(self, number: int) -> str:
        return self.results.next() if not self.with_tools else f"Now look at bed {number + 1}."


class _Anthropic(_Talk):
    def __init__(self, rng: random.Random) -> None:
        super().__init__(rng)
        self.model = rng.choice(["claude-sonnet-4-5", "claude-opus-5-5", "test-model"])
        self.thinks = rng.choice([0.0, 0.0, 0.3])
        self.head = {"max_tokens": 64, "system": "You tend a garden."}
        if self.with_tools:
            self.head["tools"] = [{"name": name, "input_schema": {}} for name in TOOLS]

    def prefill(self) -> list[Json]:
        return [{"role": "assistant", "content": "I think"}]

    def turn(self, number: int) -> list[Json]:
        content: list[Json] = []
        if self.rng.random() < self.thinks:
            content.append({"type": "thinking", "thinking": "hm", "signature": f"sig{number}"})
        content.append({"type": "text", "text": self.says(number)})
        calls = self.calls(number) if self.with_tools else []
        content += [
            {"type": "tool_use", "id": key, "name": name, "input": arguments}
            for key, name, arguments in calls
        ]
        answers: list[Json] = [self._answer(key) for key, *_ in calls]
        if not answers or self.rng.random() < 0.1:
            answers.append({"type": "text", "text": self.said_next(number)})
        said: list[Json] = [
            {"role": "assistant", "content": content},
            {"role": "user", "content": answers},
        ]
        if self.rng.random() < 0.05:
            said.append({"role": "system", "content": f"Water is short on day {number}."})
        return said

    def _answer(self, key: str) -> Json:
        content: Any = self.results.next()
        dice = self.rng.random()
        if dice < 0.05:
            source = {"type": "base64", "media_type": "image/png", "data": PICTURE}
            content = [{"type": "text", "text": content}, {"type": "image", "source": source}]
        elif dice < 0.1:
            content = []
        elif dice < 0.2:
            content = [{"type": "text", "text": content}, {"type": "text", "text": "the end"}]
        answer: Json = {"type": "tool_result", "tool_use_id": key, "content": content}
        return {**answer, "is_error": True} if self.rng.random() < 0.1 else answer


class _Chat(_Talk):
    def __init__(self, rng: random.Random) -> None:
        super().__init__(rng)
        self.head = {"messages": []}
        if self.with_tools:
            functions = [{"name": name, "parameters": {}} for name in TOOLS]
            self.head["tools"] = [{"type": "function", "function": each} for each in functions]

    def begins(self) -> list[Json]:
        greeting = {"role": "assistant", "content": "Hello, what can I do?"}
        return [*([greeting] if self.rng.random() < 0.3 else []), self.asks(TASK)]

    def turn(self, number: int) -> list[Json]:
        calls = self.calls(number) if self.with_tools else []
        if calls and self.rng.random() < 0.1:
            return self._old_function(*calls[0][1:])
        message: Json = {"role": "assistant", "content": self.says(number)}
        if calls:
            message["tool_calls"] = [
                {
                    "id": key,
                    "type": "function",
                    "function": {"name": name, "arguments": json.dumps(arguments)},
                }
                for key, name, arguments in calls
            ]
        said = [message, *(self._answer(key) for key, *_ in calls)]
        if not calls or self.rng.random() < 0.1:
            said.append(self.asks(self.said_next(number)))
        if self.rng.random() < 0.05:
            said.append({"role": "developer", "content": f"Water is short on day {number}."})
        return said

    def _answer(self, key: str) -> Json:
        content: Any = self.results.next()
        if self.rng.random() < 0.1:
            content = [{"type": "text", "text": content}]
        return {"role": "tool", "tool_call_id": key, "content": content}

    def _old_function(self, name: str, arguments: Json) -> list[Json]:
        call = {"name": name, "arguments": json.dumps(arguments)}
        answer = {"role": "function", "name": name, "content": self.results.next()}
        return [{"role": "assistant", "content": "", "function_call": call}, answer]


class _Responses(_Talk):
    member = "input"

    def __init__(self, rng: random.Random) -> None:
        super().__init__(rng)
        self.head = {"instructions": "You tend a garden.", "store": False}
        if self.with_tools:
            tools = [{"type": "function", "name": name, "parameters": {}} for name in TOOLS]
            self.head["tools"] = tools
        self._late: list[Json] = []

    def not_answered_yet(self) -> list[Json]:
        return [{**late, "output": "still running"} for late in self._late]

    def asks(self, text: str) -> Json:
        content = [{"type": "input_text", "text": text}]
        return {"type": "message", "role": "user", "content": content}

    def turn(self, number: int) -> list[Json]:
        said: list[Json] = []
        if self.rng.random() < 0.3:
            said.append({"type": "reasoning", "summary": [], "encrypted_content": f"x{number}"})
        calls = self.calls(number) if self.with_tools else []
        if not calls or self.rng.random() < 0.3:
            content = [{"type": "output_text", "text": self.says(number)}]
            said.append({"type": "message", "role": "assistant", "content": content})
        said += [_item(*call) for call in calls]
        answers = [*self._late, *(self._answer(call) for call in calls)]
        self.rng.shuffle(answers)
        # Some tools answer a turn later, which this dialect allows.
        self._late = [answers.pop()] if len(answers) > 1 and self.rng.random() < 0.3 else []
        said += answers
        if not calls or self.rng.random() < 0.1:
            said.append(self.asks(self.said_next(number)))
        return said

    def _answer(self, call: tuple[str, str, Json]) -> Json:
        kind = _item(*call)["type"]
        return {"type": f"{kind}_output", "call_id": call[0], "output": self.results.next()}


def _item(key: str, name: str, arguments: Json) -> Json:
    if name == "Edit":
        return {"type": "custom_tool_call", "call_id": key, "name": name, "input": "*** Begin"}
    made = {"call_id": key, "name": name, "arguments": json.dumps(arguments)}
    return {"type": "function_call", **made}


class _Gemini(_Talk):
    member = "contents"

    def __init__(self, rng: random.Random) -> None:
        super().__init__(rng)
        self.signs = rng.choice([0.0, 0.0, 0.4])
        self.names_calls = rng.random() < 0.5
        self.head = {"systemInstruction": {"parts": [{"text": "You tend a garden."}]}}
        if self.with_tools:
            functions = [{"name": name} for name in TOOLS]
            self.head["tools"] = [{"functionDeclarations": functions}]

    def asks(self, text: str) -> Json:
        return {"role": "user", "parts": [{"text": text}]}

    def turn(self, number: int) -> list[Json]:
        parts: list[Json] = [{"text": self.says(number)}]
        calls = self.calls(number) if self.with_tools else []
        for key, name, arguments in calls:
            part: Json = {"functionCall": {"name": name, "args": arguments, **self._id(key)}}
            if self.rng.random() < self.signs:
                part["thoughtSignature"] = f"sig{key}"
            parts.append(part)
        answers = [self._answer(key, name) for key, name, _ in calls]
        if not answers or self.rng.random() < 0.1:
            answers.append({"text": self.said_next(number)})
        return [{"role": "model", "parts": parts}, {"role": "user", "parts": answers}]

    def _id(self, key: str) -> Json:
        return {"id": key} if self.names_calls else {}

    def _answer(self, key: str, name: str) -> Json:
        response: Json = {"output": self.results.next()}
        dice = self.rng.random()
        if dice < 0.1:
            response["exitCode"] = 0
        elif dice < 0.2:
            response = {"content": [{"type": "text", "text": response["output"]}]}
        elif dice < 0.3:
            response = {"error": response["output"]}
        return {"functionResponse": {"name": name, "response": response, **self._id(key)}}


_TALKS: dict[str, Callable[[random.Random], _Talk]] = {
    "anthropic": _Anthropic,
    "openai_chat": _Chat,
    "openai_responses": _Responses,
    "gemini": _Gemini,
}


def bodies(dialect: str, seed: int, *, turns: int, **members: Any) -> Iterator[bytes]:
    """Only the bodies."""
    return (one.body for one in requests(dialect, seed, turns=turns, **members))

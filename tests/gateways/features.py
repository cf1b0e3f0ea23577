"""Everything that a request may ask to be carried, and by which words it is known at the far side.

A feature has the members of a body that ask for it, and marks that all must stand in what
arrives; `a|b` is either, as each wire has its own word.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

Json = dict[str, Any]
Feature = tuple[Json, tuple[str, ...]]

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mNgAAAAAgAB5Sfe/AAAAABJRU5ErkJggg=="
SENT_PNG = f"{PNG}|{PNG.replace('+', '-').replace('/', '_')}"
PDF = "JVBERi0xLjQK"
STRICT = '"strict": true|"strict":true'
SIGNATURE = "UzEyMzQ="
SIGNED = {"thought_signatures": [SIGNATURE]}
FAR = "https://far.example/S-file"
MARK = {"type": "ephemeral"}

SCHEMA: Json = {
    "type": "object",
    "properties": {"S-field": {"type": "string"}},
    "required": ["S-field"],
    "additionalProperties": False,
}
TOOL: Json = {"name": "look", "description": "S-described", "input_schema": SCHEMA}
FUNCTION: Json = {"name": "look", "description": "S-described", "parameters": SCHEMA}


def text(words: str, **members: Any) -> Json:
    return {"type": "text", "text": words, **members}


def source(kind: str, media: str = "", data: str = "") -> Json:
    if kind == "url":
        return {"type": "url", "url": FAR}
    return {"type": kind, "media_type": media, "data": data}


IMAGE: Json = {"type": "image", "source": source("base64", "image/png", PNG)}
IMAGE_AT: Json = {"type": "image", "source": source("url")}
DOCUMENT: Json = {"type": "document", "source": source("base64", "application/pdf", PDF)}
FOUND: Json = {
    "type": "search_result",
    "source": "S-source",
    "title": "S-title",
    "content": [text("S-found")],
}


def asked(*content: Json, **members: Any) -> Json:
    return {"messages": [{"role": "user", "content": [text("S-hello"), *content]}], **members}


def answered(*said: Json, follows: str = "S-next", **members: Any) -> Json:
    messages = [
        {"role": "user", "content": "S-hello"},
        {"role": "assistant", "content": list(said)},
        {"role": "user", "content": follows},
    ]
    return {"messages": messages, **members}


def told(content: Any, *before: Json, beside: Sequence[Json] = (), **members: Any) -> Json:
    """A call with its result, after *before* and with *beside* behind it."""
    call = {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {"S-field": "S-argument"}}
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": content, **members}
    messages = [
        {"role": "user", "content": "S-hello"},
        {"role": "assistant", "content": [*before, call]},
        {"role": "user", "content": [result, *beside]},
    ]
    return {"messages": messages, "tools": [TOOL]}


def thought(**members: Any) -> Json:
    thinking = {"type": "thinking", "thinking": "S-thought", **members}
    return {
        **told("S-result", thinking),
        "max_tokens": 2000,
        "thinking": {"type": "enabled", "budget_tokens": 1024},
    }


ANTHROPIC: Mapping[str, Feature] = MappingProxyType(
    {
        "words": (asked(), ("S-hello",)),
        "system": (asked(system="S-system"), ("S-system",)),
        "system in blocks": (asked(system=[text("S-1"), text("S-2")]), ("S-1", "S-2")),
        "a mark at the system": (
            asked(system=[text("S-1", cache_control=MARK)]), ("cache_control|cachePoint",),
        ),
        "a mark at a message": (
            asked(text("S-1", cache_control=MARK)), ("cache_control|cachePoint",),
        ),
        "a mark at a tool": (
            asked(tools=[{**TOOL, "cache_control": MARK}]), ("cache_control|cachePoint",),
        ),
        "a mark for all": (asked(cache_control=MARK), ("cache_control|cachePoint",)),
        "system in the middle": (
            {"messages": [*asked()["messages"], {"role": "system", "content": "S-middle"},
                          {"role": "user", "content": "S-after"}]},
            ("S-middle", "S-after"),
        ),
        "two texts": (asked(text("S-other")), ("S-hello", "S-other")),
        "an answer before": (answered(text("S-said")), ("S-said", "S-next")),
        "tools": (asked(tools=[TOOL]), ("look", "S-described", "S-field")),
        "strict tools": (asked(tools=[{**TOOL, "strict": True}]), (STRICT,)),
        "examples of tools": (
            asked(tools=[{**TOOL, "input_examples": [{"S-field": "S-example"}]}]), ("S-example",),
        ),
        "tools that are found": (
            asked(tools=[{**TOOL, "defer_loading": True}]), ("defer_loading",),
        ),
        "tools of the server": (
            asked(tools=[{"type": "bash_20250124", "name": "bash"}]), ("bash_20250124",),
        ),
        "a free choice": (asked(tools=[TOOL], tool_choice={"type": "auto"}), ("look",)),
        "some tool": (
            asked(tools=[TOOL], tool_choice={"type": "any"}), ('"required"|"any"|ANY',),
        ),
        "no tool": (asked(tools=[TOOL], tool_choice={"type": "none"}), ('"none"|NONE',)),
        "this tool": (
            asked(tools=[TOOL], tool_choice={"type": "tool", "name": "look"}),
            ("tool_choice|toolChoice|allowed_function|allowedFunction",),
        ),
        "one call at a time": (
            asked(tools=[TOOL], tool_choice={"type": "auto", "disable_parallel_tool_use": True}),
            ("parallel",),
        ),
        "a result": (told("S-result"), ("S-result", "S-argument")),
        "a result in blocks": (told([text("S-1"), text("S-2")]), ("S-1", "S-2")),
        "a failed result": (told("S-result", is_error=True), ("rror", "S-result")),
        "a failed result in blocks": (told([text("S-1")], is_error=True), ("rror", "S-1")),
        "words beside a result": (told("S-r", beside=[text("S-beside")]), ("S-r", "S-beside")),
        "words before a call": (told("S-r", text("S-before")), ("S-before", "S-argument")),
        "an image": (asked(IMAGE), (SENT_PNG,)),
        "an image by address": (asked(IMAGE_AT), (FAR,)),
        "an image in a result": (told([text("S-r"), IMAGE]), ("S-r", SENT_PNG)),
        "an image by address in a result": (told([text("S-r"), IMAGE_AT]), ("S-r", FAR)),
        "a document": (asked(DOCUMENT), (PDF,)),
        "a document of text": (
            asked({"type": "document", "source": source("text", "text/plain", "S-text")}),
            ("S-text",),
        ),
        "a document of blocks": (
            asked({"type": "document", "source": {"type": "content", "content": [text("S-in")]}}),
            ("S-in",),
        ),
        "a document by address": (asked({"type": "document", "source": source("url")}), (FAR,)),
        "a document in a result": (told([text("S-r"), DOCUMENT]), ("S-r", PDF)),
        "what a document is": (
            asked({**DOCUMENT, "title": "S-title", "context": "S-context"}),
            ("S-title", "S-context"),
        ),
        "wishes for citations": (
            asked({**DOCUMENT, "citations": {"enabled": True}}), ("citations",),
        ),
        "citations": (
            answered(text("S-cited", citations=[{"type": "char_location", "cited_text": "S-at"}])),
            ("S-cited", "S-at"),
        ),
        "what was found": (asked(FOUND), ("S-found", "S-title")),
        "what was found by a tool": (told([FOUND]), ("S-found", "S-title", "S-source")),
        "a tool that was found": (
            told([{"type": "tool_reference", "tool_name": "look"}]), ("eference",),
        ),
        "thinking": (asked(thinking={"type": "enabled", "budget_tokens": 1024}, max_tokens=2000),
                     ("hink|easoning",)),
        "thinking as it likes": (
            asked(thinking={"type": "adaptive"}, output_config={"effort": "low"}),
            ('"low"|hinking',),
        ),
        "no thinking": (asked(thinking={"type": "disabled"}), ("disabled|none",)),
        "signed thinking": (thought(signature="S-signature"), ("S-thought", "S-signature")),
        "encrypted reasoning": (
            thought(signature="litellm_encrypted_reasoning:S-encrypted"), ("S-encrypted",),
        ),
        "thinking without a signature": (thought(), ("S-result",)),
        "redacted thinking": (
            told("S-result", {"type": "redacted_thinking", "data": "S-redacted"}), ("S-redacted",),
        ),
        "a call's own fields": (
            {"messages": [
                {"role": "user", "content": "S-hello"},
                {"role": "assistant", "content": [
                    {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {},
                     "provider_specific_fields": {"signature": "S-signature"}}]},
                {"role": "user", "content": [
                    {"type": "tool_result", "tool_use_id": "toolu_1", "content": "S-r"}]},
            ], "tools": [TOOL]},
            ("S-signature",),
        ),
        "effort": (asked(output_config={"effort": "low"}), ('"low"|hinking',)),
        "a format": (
            asked(output_config={"format": {"type": "json_schema", "schema": SCHEMA}}),
            ("S-field",),
        ),
        "stop sequences": (asked(stop_sequences=["S-stop"]), ("S-stop",)),
        "temperature": (asked(temperature=0.25), ("0.25",)),
        "top_p": (asked(top_p=0.75), ("0.75",)),
        "top_k": (asked(top_k=37), ("37",)),
        "a user's id": (asked(metadata={"user_id": "S-user"}), ("S-user",)),
        "what the server forgets": (
            asked(context_management={"edits": [{"type": "clear_tool_uses_20250919"}]}),
            ("clear_tool_uses",),
        ),
        "a service tier": (asked(service_tier="standard_only"), ("standard_only",)),
        "a container": (asked(container="S-container"), ("S-container",)),
        "servers of tools": (
            asked(mcp_servers=[{"type": "url", "url": FAR, "name": "far"}]), (FAR,),
        ),
        "a search of the server": (
            answered(
                {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}},
                text("S-said"),
            ),
            ("srvtoolu_1",),
        ),
        "a field that nobody knows": (asked(sparkle="S-sparkle"), ("S-sparkle",)),
        "a block that nobody knows": (asked({"type": "hologram", "beam": "S-beam"}), ("S-beam",)),
        "a member that nobody knows": (asked(text("S-1", sparkle="S-sparkle")), ("S-sparkle",)),
        "an address of our own": (asked(api_base="http://127.0.0.1:9"), ("127.0.0.1:9",)),
    }
)  # fmt: skip


def chat(*messages: Json, **members: Any) -> Json:
    return {"messages": [*(messages or (said("S-hello"),))], **members}


def said(content: Any, role: str = "user", **members: Any) -> Json:
    return {"role": role, "content": content, **members}


def part(kind: str, value: Any) -> Json:
    return chat(said([text("S-1"), {"type": kind, kind: value}]))


CALL: Json = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "look", "arguments": '{"S-field": "S-argument"}'},
}
RESULT: Json = {"role": "tool", "tool_call_id": "call_1", "content": "S-result"}
FUNCTIONS: list[Json] = [{"type": "function", "function": FUNCTION}]


def calls(*calls: Json, content: Any = None, result: Any = "S-result", **members: Any) -> Json:
    called = {"role": "assistant", "content": content, "tool_calls": list(calls), **members}
    return chat(said("S-hello"), called, {**RESULT, "content": result}, tools=FUNCTIONS)


CHAT: Mapping[str, Feature] = MappingProxyType(
    {
        "words": (chat(), ("S-hello",)),
        "system": (chat(said("S-system", "system"), said("S-hello")), ("S-system",)),
        "system in parts": (
            chat(said([text("S-1"), text("S-2")], "system"), said("S-hello")), ("S-1", "S-2"),
        ),
        "developer": (chat(said("S-dev", "developer"), said("S-hello")), ("S-dev",)),
        "developer in parts": (
            chat(said([text("S-dev")], "developer"), said("S-hello")), ("S-dev",),
        ),
        "parts": (chat(said([text("S-1"), text("S-2")])), ("S-1", "S-2")),
        "an answer before": (
            chat(said("S-1"), said("S-said", "assistant"), said("S-2")), ("S-said", "S-2"),
        ),
        "an answer in parts": (
            chat(said("S-1"), said([text("S-said")], "assistant"), said("S-2")), ("S-said",),
        ),
        "calls": (calls(CALL), ("S-argument", "S-result")),
        "words beside calls": (calls(CALL, content="S-say"), ("S-say", "S-argument")),
        "a result in parts": (calls(CALL, result=[text("S-1"), text("S-2")]), ("S-1", "S-2")),
        "a call of one's own kind": (
            calls({"id": "call_1", "type": "custom", "custom": {"name": "c", "input": "S-in"}}),
            ("S-in",),
        ),
        "reasoning before": (
            chat(said("S-1"), said("S-said", "assistant", reasoning_content="S-why"), said("S-2")),
            ("S-said",),
        ),
        "a signature of an answer": (
            chat(said("S-1"), said("S-said", "assistant", provider_specific_fields=SIGNED),
                 said("S-2")),
            (SIGNATURE,),
        ),
        "a signature of a call": (
            calls({**CALL, "provider_specific_fields": {"thought_signature": SIGNATURE}}),
            (SIGNATURE,),
        ),
        "a refusal before": (
            chat(said("S-1"), said("S-a", "assistant", refusal="S-refusal"), said("S-2")),
            ("S-refusal",),
        ),
        "a refusal in parts": (
            chat(said("S-1"), said([{"type": "refusal", "refusal": "S-no"}], "assistant"),
                 said("S-2")),
            ("S-no",),
        ),
        "a name": (chat(said("S-hello", name="S-name")), ("S-name",)),
        "an image": (part("image_url", {"url": f"data:image/png;base64,{PNG}"}), (SENT_PNG,)),
        "an image by address": (part("image_url", {"url": FAR}), (FAR,)),
        "an image's detail": (
            part("image_url", {"url": f"data:image/png;base64,{PNG}", "detail": "low"}),
            ('"low"|LOW',),
        ),
        "a file": (
            part("file", {"file_data": f"data:application/pdf;base64,{PDF}", "filename": "a.pdf"}),
            (PDF,),
        ),
        "sound": (part("input_audio", {"data": "UklGRg==", "format": "wav"}), ("UklGRg",)),
        "a mark": (chat(said([text("S-1", cache_control=MARK)])), ("cache_control|cachePoint",)),
        "tools": (chat(tools=FUNCTIONS), ("look", "S-described", "S-field")),
        "strict tools": (
            chat(tools=[{"type": "function", "function": {**FUNCTION, "strict": True}}]),
            (STRICT,),
        ),
        "tools of one's own kind": (
            chat(tools=[{"type": "custom", "custom": {"name": "S-custom"}}]), ("S-custom",),
        ),
        "a free choice": (chat(tools=FUNCTIONS, tool_choice="auto"), ("look",)),
        "no tool": (chat(tools=FUNCTIONS, tool_choice="none"), ("none|NONE",)),
        "some tool": (chat(tools=FUNCTIONS, tool_choice="required"), ("required|any|ANY",)),
        "this tool": (
            chat(tools=FUNCTIONS, tool_choice={"type": "function", "function": {"name": "look"}}),
            ("tool_choice|toolChoice|allowed_function|allowedFunction",),
        ),
        "one call at a time": (chat(tools=FUNCTIONS, parallel_tool_calls=False), ("parallel",)),
        "temperature": (chat(temperature=0.25), ("0.25",)),
        "top_p": (chat(top_p=0.75), ("0.75",)),
        "max_tokens": (chat(max_tokens=77), ("77",)),
        "max_completion_tokens": (chat(max_completion_tokens=78), ("78",)),
        "stop": (chat(stop=["S-stop"]), ("S-stop",)),
        "two answers": (chat(n=2), ('"n": 2|"n":2|andidate',)),
        "presence_penalty": (chat(presence_penalty=0.125), ("0.125",)),
        "frequency_penalty": (chat(frequency_penalty=0.125), ("0.125",)),
        "logit_bias": (chat(logit_bias={"5": 7}), ("logit_bias",)),
        "logprobs": (chat(logprobs=True, top_logprobs=3), ("logprobs",)),
        "seed": (chat(seed=4711), ("4711",)),
        "a user": (chat(user="S-user"), ("S-user",)),
        "a user's digest": (chat(safety_identifier="S-safe"), ("S-safe",)),
        "a key of the cache": (chat(prompt_cache_key="S-key"), ("S-key",)),
        "metadata": (chat(metadata={"k": "S-meta"}), ("S-meta",)),
        "to be stored": (chat(store=True), ("store",)),
        "a schema": (
            chat(response_format={"type": "json_schema",
                                  "json_schema": {"name": "S_name", "schema": SCHEMA}}),
            ("S-field",),
        ),
        "an object": (chat(response_format={"type": "json_object"}), ("json",)),
        "effort": (chat(reasoning_effort="low"), ('"low"|hinking',)),
        "verbosity": (chat(verbosity="low"), ('"low"',)),
        "a service tier": (chat(service_tier="flex"), ("flex",)),
        "top_k": (chat(top_k=37), ("37",)),
        "modalities": (
            chat(modalities=["text", "audio"], audio={"voice": "v", "format": "wav"}), ("audio",),
        ),
        "a prediction": (chat(prediction={"type": "content", "content": "S-pred"}), ("S-pred",)),
        "a search": (chat(web_search_options={}), ("web_search",)),
        "functions of old": (chat(functions=[FUNCTION]), ("S-field",)),
        "a field that nobody knows": (chat(sparkle="S-sparkle"), ("S-sparkle",)),
        "a member that nobody knows": (chat(said("S-1", sparkle="S-sparkle")), ("S-sparkle",)),
        "a part that nobody knows": (chat(said([{"type": "hologram", "b": "S-b"}])), ("S-b",)),
        "an address of our own": (chat(api_base="http://127.0.0.1:9"), ("127.0.0.1:9",)),
    }
)  # fmt: skip

FEATURES: Mapping[str, Mapping[str, Feature]] = MappingProxyType(
    {"/v1/messages": ANTHROPIC, "/v1/chat/completions": CHAT}
)


def arrived(body: str, marks: Sequence[str]) -> bool:
    """Whether every mark stands in this body, in one of its forms."""
    return all(any(form in body for form in mark.split("|")) for mark in marks)

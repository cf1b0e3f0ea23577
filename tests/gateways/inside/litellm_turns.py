"""LiteLLM's library with Headroom: `litellm_turns.py URL`, a question is a body."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from typing import Any

import litellm
from lines import answer_all

from headroom.integrations import litellm as ours

url = sys.argv[1]
litellm.suppress_debug_info = True
loop = asyncio.new_event_loop()
kept: dict[str, str] = {}
completion = ours.with_headroom(litellm.completion)
callbacks = {
    "plain": [],
    "short": [ours.callback],
    "kept": [ours.new_callback(originals=kept)],
}


def answer(asked: Mapping[str, Any]) -> Any:
    body = dict(asked["body"])
    litellm.callbacks = callbacks[asked.get("model", "short")]
    way = asked.get("way", "acompletion")
    body["model"] = f"openai/{body['model']}"
    if way == "anthropic":
        body["model"] = body["model"].replace("openai/", "anthropic/")
        said = loop.run_until_complete(litellm.anthropic.messages.acreate(**body, api_base=url))
        return {"said": said["content"][0]["text"]}
    if way == "aresponses":
        reply = loop.run_until_complete(litellm.aresponses(**body, api_base=f"{url}/v1"))
        return {"said": reply.output_text}
    if way == "completion":
        reply = completion(**body, api_base=f"{url}/v1")
        return {"said": reply.choices[0].message.content}
    if way == "stream":
        return {"said": loop.run_until_complete(_streamed(body))}
    reply = loop.run_until_complete(litellm.acompletion(**body, api_base=f"{url}/v1"))
    return {"said": reply.choices[0].message.content, "kept": kept}


async def _streamed(body: dict[str, Any]) -> str:
    chunks = await litellm.acompletion(**body, stream=True, api_base=f"{url}/v1")
    return "".join([chunk.choices[0].delta.content or "" async for chunk in chunks])


answer_all(answer)

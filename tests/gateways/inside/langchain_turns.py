"""A chat model of LangChain with Headroom: `langchain_turns.py URL`, a question is a body."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from typing import Any

from langchain_core.messages.utils import convert_to_messages
from langchain_openai import ChatOpenAI
from lines import answer_all

from headroom.integrations.langchain import with_headroom

url = sys.argv[1]
loop = asyncio.new_event_loop()
plain = ChatOpenAI(model="test-model", base_url=f"{url}/v1", max_retries=0)
kept: dict[str, str] = {}
models = {
    "plain": plain,
    "short": with_headroom(plain),
    "kept": with_headroom(plain, originals=kept),
}


def answer(asked: Mapping[str, Any]) -> Any:
    body = asked["body"]
    messages = convert_to_messages(body["messages"])
    before = [message.model_dump() for message in messages]
    model: Any = models[asked.get("model", "short")]
    if body.get("tools"):
        model = model.bind_tools(body["tools"])
    way = asked.get("way", "invoke")
    if way == "invoke":
        said = model.invoke(messages).content
    elif way == "ainvoke":
        said = loop.run_until_complete(model.ainvoke(messages)).content
    elif way == "stream":
        said = "".join(chunk.content for chunk in model.stream(messages))
    else:
        said = loop.run_until_complete(_streamed(model, messages))
    untouched = before == [message.model_dump() for message in messages]
    return {
        "said": said,
        "untouched": untouched,
        "class": type(models["short"]).__name__,
        "kept": kept,
    }


async def _streamed(model: Any, messages: list[Any]) -> str:
    return "".join([chunk.content async for chunk in model.astream(messages)])


answer_all(answer)

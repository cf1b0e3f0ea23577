"""A gateway in FastAPI with the middleware: `fastapi_turns.py URL`, a question is a request."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import httpx
from fastapi import FastAPI, Request, Response
from fastapi.testclient import TestClient
from lines import answer_all

from headroom.integrations.asgi import Headroom

url = sys.argv[1]
app = FastAPI()
app.add_middleware(Headroom)


async def ask(path: str, request: Request) -> Response:
    headers = {"authorization": "Bearer key", "content-type": "application/json"}
    async with httpx.AsyncClient() as client:
        reply = await client.post(f"{url}/v1/{path}", content=await request.body(), headers=headers)
    return Response(reply.content, reply.status_code)


# Where annotations are texts, a decorator would look for them where this is not.
app.post("/v1/{path:path}")(ask)
client = TestClient(app)


def answer(asked: Mapping[str, Any]) -> Any:
    return {"body": client.post(asked["path"], json=asked["body"]).text}


answer_all(answer)

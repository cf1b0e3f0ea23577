"""`headroom mcp serve` as a process of its own, and the official client that talks to it."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters

from tests.cli.running import environment

LOG = "\n".join(
    f"2026-11-26 12:{i // 60 % 60:02}:{i % 60:02} INFO worker {i % 7} request {i} done"
    if i != 700
    else "2026-11-26 12:11:40 ERROR worker 0 request 700 lost its connection to billing-db"
    for i in range(1_500)
)
NO_VARIABLES: Mapping[str, str] = MappingProxyType({})
NOBODY = "9"
"""A port on which nothing listens."""


def variables(workspace: Path, port: str = NOBODY, **more: str) -> dict[str, str]:
    """Those of a server on this workspace, whose proxy would listen on this port."""
    return environment(
        {
            "HEADROOM_WORKSPACE_DIR": str(workspace),
            "HEADROOM_CONFIG_DIR": str(workspace),
            "HEADROOM_PORT": port,
            **more,
        }
    )


@asynccontextmanager
async def talking(*flags: str, env: Mapping[str, str]) -> AsyncIterator[Client]:
    """A client that has started the server, and talks to it over stdio."""
    server = StdioServerParameters(
        command=sys.executable, args=["-m", "headroom", "mcp", "serve", *flags], env=dict(env)
    )
    async with Client(server) as client:
        yield client


async def said(client: Client, tool: str, **arguments: Any) -> list[str]:
    """What the tool answers.  Raises AssertionError with the words of its error."""
    result = await client.call_tool(tool, arguments)
    texts = [getattr(one, "text", "") for one in result.content]
    assert not result.is_error, texts
    return texts


async def refused(client: Client, tool: str, **arguments: Any) -> str:
    """The words of its error."""
    result = await client.call_tool(tool, arguments)
    assert result.is_error
    return "".join(getattr(one, "text", "") for one in result.content)

"""The tools as an MCP server over stdin and stdout, by the official library."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

import mcp_types as types
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server

from headroom import __version__
from headroom.cli.mcp.desk import Desk
from headroom.cli.mcp.tools import TOOLS, Done, Tool, call
from headroom.cli.mcp.trouble import ToolTrouble

INSTRUCTIONS = (
    "Texts that say [… left out … headroom_retrieve hash=…] were shortened by Headroom: "
    "headroom_retrieve gives back what was left out."
)


def serve(desk: Desk) -> None:
    """Serve until stdin ends.  Nothing but the protocol is written to stdout."""
    # Reading stdin cannot be interrupted: by Python's own handler the process would go on
    # until the client closes it.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    asyncio.run(_serve(server(desk)))


def server(desk: Desk) -> Server[Any]:
    """The server with our tools, which *desk* answers."""
    done = Done()

    async def list_tools(_context: Any, _params: Any) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[_described(tool) for tool in TOOLS])

    async def call_tool(_context: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
        try:
            texts = await call(desk, done, params.name, params.arguments or {})
        except ToolTrouble as error:
            return _result([str(error)], is_error=True)
        return _result(texts)

    return Server(
        "headroom",
        version=__version__,
        instructions=INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


async def _serve(server: Server[Any]) -> None:
    async with stdio_server() as (read_stream, write_stream):
        await server.run(read_stream, write_stream, server.create_initialization_options())


def _described(tool: Tool) -> types.Tool:
    return types.Tool(
        name=tool.name,
        description=tool.description,
        input_schema=tool.schema,
        annotations=types.ToolAnnotations(
            read_only_hint=not tool.keeps,
            destructive_hint=False,
            idempotent_hint=True,
            open_world_hint=False,
        ),
    )


def _result(texts: Any, *, is_error: bool = False) -> types.CallToolResult:
    content: list[Any] = [types.TextContent(type="text", text=text) for text in texts]
    return types.CallToolResult(content=content, is_error=is_error)

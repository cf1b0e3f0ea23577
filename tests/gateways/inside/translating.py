"""Our real proxy behind backends that a library translates for; a question is its settings.

Each question opens one more proxy on a port of its own: the libraries take seconds to import, so
all of them share one process.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from headroom.errors import SettingsError
from headroom.proxy.backends import made
from headroom.settings import Settings
from tests.proxy.house import house_of


async def opened(stack: AsyncExitStack, asked: dict[str, Any]) -> dict[str, Any]:
    os.environ.update(asked.pop("environ", {}))
    if "workspace_dir" in asked:
        asked["workspace_dir"] = Path(asked["workspace_dir"])
    try:
        await asyncio.to_thread(made, Settings(**asked), os.environ)
    except SettingsError as error:
        return {"refused": str(error)}
    house = await stack.enter_async_context(house_of(environ=os.environ, **asked))
    return {"port": house.port}


async def main() -> None:
    async with AsyncExitStack() as stack:
        while line := await asyncio.to_thread(sys.stdin.readline):
            sys.stdout.write(json.dumps(await opened(stack, json.loads(line))) + "\n")
            sys.stdout.flush()


asyncio.run(main())

"""Proxies behind backends that a library translates for, in the gateways' environment."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.cli.running import ROOT
from tests.gateways.environment import Send, answering
from tests.gateways.far_side import FarSide, variables
from tests.upstream import running

MODELS: Mapping[str, str] = {
    "litellm-openrouter": "anthropic/claude-opus-4.5",
    "litellm-openai": "gpt-5.1",
    "litellm-azure": "gpt-5.1",
    "litellm-bedrock": "us.amazon.nova-pro-v1:0",
    "litellm-gemini": "gemini-2.5-pro",
    "litellm-hosted_vllm": "qwen3",
    "anyllm": "gpt-5.1",
}


@dataclass
class Translating:
    """The far side, and a proxy of each backend once it is asked for."""

    far: FarSide
    far_url: str
    send: Send
    folder: Path
    urls: dict[str, str] = field(default_factory=dict)

    def url(self, backend: str, name: str = "", **settings: Any) -> str:
        """The address of the proxy with this backend; *name* tells those with other settings."""
        key = f"{backend} {name}"
        if key not in self.urls:
            folder = self.folder / str(len(self.urls))
            folder.mkdir()
            asked = {"backend": backend, "workspace_dir": str(folder), **settings}
            self.urls[key] = f"http://127.0.0.1:{self.send(asked)['port']}"
        return self.urls[key]


@contextmanager
def translating(folder: Path, **more: str) -> Iterator[Translating]:
    """A process in which proxies are opened, in front of a far side, with *more* variables."""
    far = FarSide()
    with running(far) as url:
        path = os.pathsep.join((str(ROOT / "src"), str(ROOT)))
        given = {"PYTHONPATH": path, **variables(url), **more}
        with answering("translating", variables=given) as send:
            yield Translating(far, url, send, folder)

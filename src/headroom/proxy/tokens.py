"""Headroom's own tokens: one for callers, one for the operator, compared in constant time."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field

from headroom.errors import StoreError
from headroom.proxy.caller import Standing
from headroom.settings import Settings
from headroom.state.secret import CALLERS_FILE, OPERATOR_FILE, kept_token

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Tokens:
    """The digests of the tokens that hold here; an empty one stands for none."""

    caller: bytes = field(default=b"", repr=False)
    operator: bytes = field(default=b"", repr=False)
    wanted_everywhere: bool = False
    """Whether callers on this machine need one too."""

    def standing(self, presented: Iterable[bytes]) -> Standing:
        """What these make of who brings them; the operator's counts most."""
        found: Standing = ""
        for one in presented:
            digest = _digest(one)
            if self.operator and hmac.compare_digest(digest, self.operator):
                return "operator"
            if self.caller and hmac.compare_digest(digest, self.caller):
                found = "caller"
        return found


async def open_tokens(settings: Settings) -> Tokens:
    """What variables say, else what the workspace keeps; the first worker to come makes those."""
    caller = settings.api_key or await _kept(settings, CALLERS_FILE)
    operator = settings.admin_key or await _kept(settings, OPERATOR_FILE)
    return Tokens(
        _digest(caller.encode()) if caller else b"",
        _digest(operator.encode()) if operator else b"",
        wanted_everywhere=bool(settings.api_key),
    )


async def _kept(settings: Settings, file: str) -> str:
    """The token in this file of the workspace; empty where nothing is kept."""
    if not settings.is_durable:
        return ""
    try:
        return (await asyncio.to_thread(kept_token, settings.workspace_dir, file)).token
    except StoreError as error:
        logger.warning("there is no token until the next start: %s", error)
        return ""


def _digest(token: bytes) -> bytes:
    return hashlib.sha256(token).digest()

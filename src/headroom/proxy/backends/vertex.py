"""Google Vertex AI, asked in Anthropic's own words; what it replies is passed on as it comes.

(The SDK's lib/vertex, 2.11; cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude,
2026-11.)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Self

from yarl import URL

from headroom.conversation import Change, Replace
from headroom.errors import BadRequest, SettingsError
from headroom.options import pairs_of, read_project, read_region
from headroom.proxy.aside import aside
from headroom.proxy.backends.asked import (
    MODEL,
    STREAM,
    VERSION,
    Asked,
    betas_asked,
    version_asked,
)
from headroom.proxy.backends.google import Account
from headroom.proxy.backends.native import AGENT, Native
from headroom.proxy.backends.vertex_errors import told
from headroom.proxy.backends.whole import error_in, read_whole, said
from headroom.proxy.call import Call
from headroom.proxy.manner import Leaves
from headroom.proxy.reply import Reply
from headroom.settings import Settings

USUAL_VERSION = "vertex-2023-10-16"
JSON = "application/json"
IDLE = frozenset({"oauth-2025-04-20"})
"""Betas that Vertex does not know, and that ask for nothing; who asks it does know."""

MULTIREGIONS = ("us", "eu")
REGIONS = ("CLOUD_ML_REGION", "GOOGLE_CLOUD_LOCATION", "GOOGLE_CLOUD_REGION")
NO_REGION = (
    "The backend vertex needs a region: set --region (HEADROOM_REGION) or CLOUD_ML_REGION, such "
    "as global."
)
NO_PROJECT = (
    "The backend vertex needs a project: set --vertex-project (HEADROOM_VERTEX_PROJECT), "
    "ANTHROPIC_VERTEX_PROJECT_ID or GOOGLE_CLOUD_PROJECT."
)
DATED = re.compile(r"(claude-[a-z0-9-]+?)-(20[0-9]{6})")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(@[A-Za-z0-9._-]+)?")
"""Of a model.  It becomes part of a path, so nothing else may stand in it."""


class Vertex(Native):
    """The backend `vertex`."""

    name = "vertex"

    def __init__(self, settings: Settings, account: Account, project: str, region: str) -> None:
        super().__init__(settings, settings.vertex_api_url.rstrip("/") or usual_address(region))
        self._account = account
        self._models = pairs_of(settings.model_map)
        self._place = f"projects/{project}/locations/{region}/publishers/anthropic/models"

    @classmethod
    def make(cls, settings: Settings, environ: Mapping[str, str]) -> Self:
        """See `Make`."""
        region = settings.region or next((environ[one] for one in REGIONS if environ.get(one)), "")
        if not region:
            raise SettingsError(NO_REGION)
        account = Account.found()
        project = settings.vertex_project or account.project
        if not project:
            raise SettingsError(NO_PROJECT)
        try:
            # Both become part of an address that credentials go to.
            return cls(settings, account, read_project(project), read_region(region))
        except ValueError as error:
            raise SettingsError(
                f"The backend vertex cannot be in {project}, {region}: {error}."
            ) from error

    async def ask(self, call: Call, asked: Asked, leaves: Leaves | None) -> Reply:
        """See `Native.ask`."""
        body = await aside(len(asked.document.body), asked.rewritten, _changes(call, asked))
        model = model_name(self._models.get(asked.model, asked.model))
        way = "streamRawPredict" if asked.streaming else "rawPredict"
        return await self._posted(call, f"{model}:{way}", body, leaves)

    async def count(self, call: Call, asked: Asked, leaves: Leaves | None) -> Reply:
        """See `Native.count`.  The model stands in the body here."""
        model = model_name(self._models.get(asked.model, asked.model))
        changes: list[Change] = [
            Replace((MODEL,), f'"{model}"'.encode()),
            *asked.less(STREAM),
            *asked.having(VERSION, version_asked(call, USUAL_VERSION)),
        ]
        body = await aside(len(asked.document.body), asked.rewritten, changes)
        return await self._posted(call, "count-tokens:rawPredict", body, leaves)

    async def _posted(self, call: Call, what: str, body: bytes, leaves: Leaves | None) -> Reply:
        url = URL(f"{self.address}/v1/{self._place}/{what}", encoded=True)
        headers = [AGENT, ("content-type", JSON), *await self._account.headers()]
        if betas := betas_asked(call, IDLE):
            headers.append(("anthropic-beta", ",".join(betas)))
        reply = await self.client.send("POST", url, headers, body, leaves=leaves)
        return reply if 200 <= reply.status < 300 else await _failed(call, reply)


def usual_address(region: str) -> str:
    """Where Vertex is asked for this region (the SDK's lib/vertex, 2.11)."""
    if region == "global":
        return "https://aiplatform.googleapis.com"
    if region in MULTIREGIONS:
        return f"https://aiplatform.{region}.rep.googleapis.com"
    return f"https://{region}-aiplatform.googleapis.com"


def model_name(name: str) -> str:
    """What Vertex calls this model: the date stands behind an @.

    Raises BadRequest for what cannot be the name of a model there.
    """
    dated = DATED.fullmatch(name)
    found = f"{dated[1]}@{dated[2]}" if dated else name
    if not NAME.fullmatch(found):
        raise BadRequest("model: a name such as claude-sonnet-4-5@20250929 is needed")
    return found


def _changes(call: Call, asked: Asked) -> list[Change]:
    return [*asked.less(MODEL), *asked.having(VERSION, version_asked(call, USUAL_VERSION))]


async def _failed(call: Call, reply: Reply) -> Reply:
    body = await read_whole(reply)
    failure = told(reply.status, body)
    if failure is None:
        return said(reply.status, body, reply.headers)
    wait = [(b"retry-after", b"%d" % failure.wait_s)] if failure.wait_s else []
    headers = [*reply.headers, *([] if reply.header(b"retry-after") else wait)]
    return error_in(call.route.format, failure.status, failure.message, headers)

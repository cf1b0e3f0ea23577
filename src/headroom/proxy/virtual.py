"""A virtual key in place of a provider's credential: the operator's goes on in its stead."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from headroom.errors import Forbidden, Unauthorised, Unavailable
from headroom.proxy.call import Call
from headroom.proxy.credentials import BEARER, Credential, without
from headroom.state.keys import PREFIX, VirtualKey

KEY_PREFIX = PREFIX.encode()

# Anthropic's subscriptions have bearer tokens (`sk-ant-oat01-…`), everything else is a key.
ANTHROPIC_TOKEN = b"sk-ant-oat"
# Gemini's paths in OpenAI's dialect take its keys as OpenAI does
# (ai.google.dev/gemini-api/docs/openai, 2026-11).
GEMINI_AS_OPENAI = ("/v1beta/openai", "/v1alpha/openai")

UNUSABLE = (
    "this Headroom key cannot be used just now: the proxy lacks the provider credential that "
    "stands behind it; whoever runs the proxy finds more in its log"
)


def exchanged(
    call: Call, key: VirtualKey, found: Sequence[Credential], environ: Mapping[str, str]
) -> Call:
    """The call with the operator's credential instead of all that it brought.

    Raises Unauthorised for another provider than the key's, Forbidden for an address that the
    caller has named, Unavailable where the credential is missing.
    """
    if key.provider != call.route.provider:
        raise Unauthorised(
            f"this Headroom key is for {key.provider}, and the request goes to "
            f"{call.route.provider}"
        )
    if call.base_url:
        raise Forbidden("a Headroom key cannot be used with x-headroom-base-url")
    credential = environ.get(key.variable, "").strip()
    if not credential.isascii() or not credential.isprintable() or credential.startswith(PREFIX):
        credential = ""
    if not credential:
        raise Unavailable(UNUSABLE)
    header = _header(call, found, credential.encode())
    bare = without(call, found)
    return dataclasses.replace(bare, headers=[*bare.headers, header])


def _header(call: Call, found: Sequence[Credential], credential: bytes) -> tuple[bytes, bytes]:
    """The credential as this provider takes it."""
    bearer = (b"authorization", BEARER.capitalize() + credential)
    provider, path = call.route.provider, call.route.name
    if provider == "anthropic":
        return bearer if credential.startswith(ANTHROPIC_TOKEN) else (b"x-api-key", credential)
    if provider == "gemini":
        return bearer if path.startswith(GEMINI_AS_OPENAI) else (b"x-goog-api-key", credential)
    # Azure's deployments of OpenAI take this header, and so do their clients.
    wants_api_key = any(one.place == b"api-key" for one in found)
    return (b"api-key", credential) if wants_api_key else bearer

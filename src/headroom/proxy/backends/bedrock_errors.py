"""What Bedrock says went wrong, with the status that Anthropic's clients know for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from headroom.proxy.call import Headers

OVERLOADED = 529

STATUSES: Mapping[str, int] = {
    # botocore's model of bedrock-runtime (2023-09-30), and what AWS says of signatures
    # (docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-troubleshooting.html, 2026-11).
    "ThrottlingException": 429,
    "ServiceQuotaExceededException": 429,
    "ModelNotReadyException": OVERLOADED,
    "ServiceUnavailableException": OVERLOADED,
    "ModelTimeoutException": 504,
    "ModelErrorException": 500,
    "ModelStreamErrorException": 500,
    "InternalServerException": 500,
    "ValidationException": 400,
    "ResourceNotFoundException": 404,
    "AccessDeniedException": 403,
    "UnrecognizedClientException": 403,
    "ExpiredTokenException": 403,
    "InvalidSignatureException": 403,
    "MissingAuthenticationTokenException": 403,
}

KIND = b"x-amzn-errortype"
MOST_CHARACTERS = 4_096


def told(status: int, headers: Headers, body: bytes) -> tuple[int, str]:
    """The status and the message for the caller, of a reply that is an error."""
    said = read_object(body)
    header = next((value for name, value in headers if name == KIND), b"").decode("latin-1")
    kind = kind_of(header or str(said.get("__type", "")))
    return STATUSES.get(kind, _status(status)), message_of(said, kind or f"status {status}")


def message_of(said: Mapping[str, Any], kind: str) -> str:
    """AWS's own words, behind what kind of error it is."""
    words = (said.get(each) for each in ("message", "Message", "originalMessage"))
    found = next((each for each in words if each and isinstance(each, str)), "")
    return f"{kind}: {found}"[:MOST_CHARACTERS] if found else f"Bedrock says {kind}"


def kind_of(text: str) -> str:
    """The kind of an error from how AWS writes it: `aws.protocol#Kind`, `Kind:http://…`."""
    kind = text.rpartition("#")[2].partition(":")[0].strip()
    return kind[:1].upper() + kind[1:]


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object; empty where it is none."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _status(status: int) -> int:
    # What is neither an answer nor an error is no use to the caller.
    return status if status >= 400 else 502

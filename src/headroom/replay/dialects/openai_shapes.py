"""What both dialects of OpenAI's have in common."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any


def with_picture_named(part: dict[str, Any], name: Callable[[str], str]) -> dict[str, Any]:
    """The part with *name* in place of a picture that stands in its own address."""
    image = part.get("image_url")
    url = image.get("url") if isinstance(image, dict) else image
    if isinstance(url, str) and url.startswith("data:"):
        return {**part, "image_url": name(url)}
    return part


def arguments_text(arguments: Any) -> str:
    """The arguments of a call, as JSON text."""
    return arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)

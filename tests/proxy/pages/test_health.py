from __future__ import annotations

import json
import re
from typing import Any

from headroom import __version__
from tests.proxy.house import House, get, house_of

HEALTHY = {"enabled": True, "ready": True, "status": "healthy"}
DISABLED = {"enabled": False, "ready": True, "status": "disabled"}


async def told(house: House, path: bytes) -> dict[str, Any]:
    answer = await house.ask(get(path))
    assert answer.status == 200
    body: dict[str, Any] = json.loads(answer.body)
    if "timestamp" in body:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", body.pop("timestamp"))
        assert 0 <= body.pop("uptime_seconds") < 60
    return body


async def test_liveness_has_the_fields_of_the_specification(house: House) -> None:
    assert await told(house, b"/livez") == {
        "service": "headroom-proxy",
        "status": "healthy",
        "alive": True,
        "version": __version__,
    }


async def test_readiness_has_the_fields_of_the_specification(house: House) -> None:
    assert await told(house, b"/readyz") == {
        "service": "headroom-proxy",
        "status": "healthy",
        "ready": True,
        "version": __version__,
        "checks": {
            "startup": HEALTHY,
            "http_client": HEALTHY,
            "cache": DISABLED,
            "rate_limiter": DISABLED,
            "memory": DISABLED,
            "store": DISABLED,
            "budget": DISABLED,
        },
    }


async def test_health_tells_what_is_on() -> None:
    async with house_of(optimize=False) as house:
        body = await told(house, b"/health")

    assert body["config"] == {
        "backend": "anthropic", "optimize": False, "cache": False, "rate_limit": False,
        "budget": False,
    }  # fmt: skip
    assert body["status"] == "healthy"
    assert set(body["checks"]) >= {"startup", "http_client"}


async def test_the_pages_answer_head_too(house: House) -> None:
    client = await house.connect()
    for page in (b"/livez", b"/readyz", b"/health"):
        client.writer.write(get(page, method=b"HEAD"))

        assert (await client.head()).status == 200

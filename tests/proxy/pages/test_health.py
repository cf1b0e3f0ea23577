from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

from headroom import __version__
from tests.proxy.house import House, get, house_of
from tests.proxy.talks import with_planning
from tests.support.outage import Down

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
            "cache": HEALTHY,
            "rate_limiter": HEALTHY,
            "memory": DISABLED,
            "store": DISABLED,
            "budget": DISABLED,
            "savings_file": DISABLED,
        },
    }


async def test_health_tells_what_is_on() -> None:
    async with house_of(optimize=False) as house:
        body = await told(house, b"/health")

    assert body["config"] == {
        "backend": "anthropic", "optimize": False, "cache": True, "rate_limit": True,
        "virtual_keys": False, "budget": False, "workers": 1, "otel": False, "langfuse": False,
    }  # fmt: skip
    assert body["runtime"] == {
        "pid": os.getpid(), "workers": 1, "mode": "token", "store": "memory",
    }  # fmt: skip
    assert body["status"] == "healthy"
    assert body["checks"]["cache"] == HEALTHY
    assert set(body["checks"]) >= {"startup", "http_client"}


async def test_a_cache_that_is_off_is_told_to_be_off() -> None:
    async with house_of(cache=False) as house:
        body = await told(house, b"/health")

    assert body["config"]["cache"] is False
    assert body["checks"]["cache"] == DISABLED


async def test_without_a_store_the_cache_is_degraded_and_the_proxy_ready() -> None:
    async with house_of() as house:
        with_planning(house, store_health=Down().health)
        checks = (await told(house, b"/readyz"))["checks"]

    assert checks["cache"] == {"enabled": True, "ready": True, "status": "degraded"}


async def test_E7_strangers_see_of_readiness_what_the_specification_says(tmp_path: Path) -> None:
    async with house_of(workspace_dir=tmp_path) as house:
        here = json.loads((await house.ask(get(b"/readyz"))).body)
        strange = json.loads((await house.ask(get(b"/readyz", b"via: 1.1 x"))).body)

    assert "store" in here["checks"]
    assert set(strange["checks"]) == {
        "startup", "http_client", "cache", "rate_limiter", "memory",
    }  # fmt: skip
    assert all(set(one) == {"enabled", "ready", "status"} for one in strange["checks"].values())


async def test_the_pages_answer_head_too(house: House) -> None:
    client = await house.connect()
    for page in (b"/livez", b"/readyz", b"/health"):
        client.writer.write(get(page, method=b"HEAD"))

        assert (await client.head()).status == 200


async def test_the_rate_limiter_is_shown_as_it_is() -> None:
    async with house_of(rate_limit=False) as house:
        off = await told(house, b"/health")
    async with house_of() as house:
        with_planning(house, store_health=Down().health)
        local = await told(house, b"/readyz")
        answer = await house.ask(get(b"/readyz", b"x-forwarded-for: 10.0.0.1"))

    assert off["config"]["rate_limit"] is False
    assert off["checks"]["rate_limiter"] == DISABLED
    assert local["checks"]["rate_limiter"] == {
        "enabled": True,
        "ready": True,
        "status": "degraded",
        "error": "requests and tokens per minute are not limited: the disk is gone",
    }
    assert "error" not in json.loads(answer.body)["checks"]["rate_limiter"]

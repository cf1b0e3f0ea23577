from __future__ import annotations

import json
import socket

import pytest

from headroom.errors import HeadroomError
from headroom.replay.bill import STANDARD
from headroom.replay.measure import SessionMeasure
from headroom.replay.request_body import session_from_body
from headroom.replay.run import replay
from headroom.replay.through import Through, proxy_command
from headroom.replay.upstream import ScriptedUpstream
from tests.replay.examples import LISTING, all_bodies, words
from tests.replay.relay import relay


async def _measures(url: str, upstream: ScriptedUpstream) -> list[SessionMeasure]:
    sessions = [session_from_body("garden", body) for body in all_bodies()]
    async with Through(url, upstream, words) as way:
        await way.check()
        return [each async for each in replay(sessions, way, count=words, turn_done=lambda: None)]


async def test_a_proxy_that_changes_nothing_costs_exactly_the_same() -> None:
    async with ScriptedUpstream() as upstream, relay(upstream.url, lambda body: body) as url:
        measures = await _measures(url, upstream)

    assert [each.net(STANDARD) for each in measures] == [1.0, 1.0, 1.0]
    assert all(each.errors == () and each.busts == 0 for each in measures)
    assert measures[0].turns[0].overhead_ms == 1.5


async def test_what_arrives_is_measured_not_what_was_sent() -> None:
    listing = json.dumps(LISTING)[1:-1].encode()

    def shorter(body: bytes) -> bytes:
        return body.replace(listing, b"[left out]")

    async with ScriptedUpstream() as upstream, relay(upstream.url, shorter) as url:
        measures = await _measures(url, upstream)

    for measure in measures:
        assert measure.forwarded.prompt < measure.direct.prompt
        assert measure.misses
        assert "edited" in measure.strategies


async def test_a_rewrite_that_the_proxy_announces_is_no_bust() -> None:
    seen: list[bytes] = []

    def shorter_at_last(body: bytes) -> bytes:
        seen.append(body)
        return body.replace(b"carrots", b"roots") if len(seen) == 3 else body

    async with (
        ScriptedUpstream() as upstream,
        relay(upstream.url, shorter_at_last, rewrite="paying") as url,
    ):
        measures = await _measures(url, upstream)

    assert {each.busts for each in measures} == {0}
    assert [each.occasion for each in measures[0].rewrites] == ["paying"] * 3


async def test_a_refusal_is_an_error_of_its_turn() -> None:
    def same(body: bytes) -> bytes:
        return body

    async with ScriptedUpstream() as upstream, relay(upstream.url, same, status=502) as url:
        measures = await _measures(url, upstream)

    assert measures[0].errors[0] == "turn 1: HTTP 502: refused"


async def test_nothing_is_sent_through_a_proxy_that_forwards_elsewhere() -> None:
    async with ScriptedUpstream() as upstream, ScriptedUpstream() as other:
        async with relay(other.url, lambda body: body) as url:
            with pytest.raises(HeadroomError, match="headroom proxy --anthropic-api-url"):
                await _measures(url, upstream)

        assert other.received is None


async def test_a_proxy_that_is_not_there_is_said_so() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    async with ScriptedUpstream() as upstream:
        with pytest.raises(HeadroomError, match="No proxy answers at"):
            await _measures(f"http://127.0.0.1:{port}", upstream)


def test_the_command_names_the_upstream_for_both_dialects() -> None:
    assert proxy_command("http://127.0.0.1:1") == (
        "headroom proxy --anthropic-api-url http://127.0.0.1:1 --openai-api-url http://127.0.0.1:1"
    )

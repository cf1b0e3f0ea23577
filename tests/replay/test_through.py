from __future__ import annotations

import json
import socket

import pytest
from aiohttp import web

from headroom.errors import HeadroomError
from headroom.replay.bill import STANDARD
from headroom.replay.dialects import AnthropicDialect, GeminiDialect, OpenAIChatDialect
from headroom.replay.measure import SessionMeasure
from headroom.replay.request_body import session_from_body
from headroom.replay.run import replay
from headroom.replay.through import Through, proxy_command
from headroom.replay.upstream import ScriptedUpstream
from tests.replay.examples import LISTING, all_bodies, gemini_body, words
from tests.replay.relay import relay


async def _measures(url: str, upstream: ScriptedUpstream) -> list[SessionMeasure]:
    sessions = [session_from_body("garden", body) for body in all_bodies()]
    async with Through(url, upstream, words) as way:
        await way.check([each.dialect for each in sessions])
        return [each async for each in replay(sessions, way, count=words, turn_done=lambda: None)]


async def test_a_proxy_that_changes_nothing_costs_exactly_the_same() -> None:
    async with ScriptedUpstream() as upstream, relay(upstream.url, lambda body: body) as url:
        measures = await _measures(url, upstream)

    assert [each.net(STANDARD) for each in measures] == [1.0] * 4
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


@pytest.mark.parametrize(
    ("model", "path"),
    [
        ("gemini-3-pro", "/v1beta/models/gemini-3-pro:generateContent"),
        ("../v1/models", "/v1beta/models/..%2Fv1%2Fmodels:generateContent"),
        (None, "/v1beta/models/gemini-2.5-pro:generateContent"),
    ],
)
async def test_a_model_that_the_body_does_not_name_stands_in_the_path(
    model: str | None, path: str
) -> None:
    heads: list[web.BaseRequest] = []
    body = {**gemini_body(), **({} if model is None else {"model": model})}
    (turn, _) = session_from_body("garden", body).turns()

    async with (
        ScriptedUpstream() as upstream,
        relay(upstream.url, lambda body: body, seen=heads.append) as url,
        Through(url, upstream, words) as way,
    ):
        session = session_from_body("garden", body)
        way.begin(session)
        sent = await way.send(session, turn)

    assert (sent.failed, sent.body) == ("", turn.body)
    assert [head.raw_path for head in heads] == [path]
    assert heads[0].headers["x-goog-api-key"] == "replay"


async def test_only_what_is_replayed_must_be_forwarded_here() -> None:
    async with ScriptedUpstream() as upstream, ScriptedUpstream() as other:

        def upstream_of(head: web.BaseRequest) -> str:
            return other.url if "x-goog-api-key" in head.headers else upstream.url

        async with (
            relay(upstream_of, lambda body: body) as url,
            Through(url, upstream, words) as way,
        ):
            await way.check([AnthropicDialect(), OpenAIChatDialect()])

            assert other.visits == 0
            with pytest.raises(HeadroomError, match="--gemini-api-url"):
                await way.check([GeminiDialect()])


def test_the_command_names_the_upstream_for_every_provider() -> None:
    url = "http://127.0.0.1:1"

    assert proxy_command(url) == (
        f"headroom proxy --anthropic-api-url {url} --gemini-api-url {url} --openai-api-url {url}"
    )

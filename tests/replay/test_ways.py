from __future__ import annotations

import pytest

from headroom.errors import HeadroomError
from headroom.replay.bill import STANDARD
from headroom.replay.dialects import DIALECTS
from headroom.replay.offline import Offline
from headroom.replay.request_body import session_from_body
from headroom.replay.run import replay
from headroom.replay.ways import open_way, way_of
from headroom.tokens import Counter
from tests.cli.running import environment
from tests.replay.examples import all_bodies


def test_a_report_says_in_words_how_it_was_replayed() -> None:
    assert way_of(None) == "offline"
    assert way_of("auto") == "through a proxy of its own"
    assert way_of("http://127.0.0.1:1") == "through http://127.0.0.1:1"


async def test_without_a_url_the_pipeline_itself_is_the_way() -> None:
    counter = Counter.load()

    async with open_way(None, (), upstream_port=0, environ={}, counter=counter) as way:
        assert isinstance(way, Offline)


async def test_a_proxy_of_our_own_and_the_pipeline_forward_the_same() -> None:
    counter = Counter.load()
    sessions = [session_from_body("garden", body) for body in all_bodies()]

    found = []
    for through in (None, "auto"):
        async with open_way(
            through, DIALECTS, upstream_port=0, environ=environment(), counter=counter
        ) as way:
            found.append(
                [
                    (each.forwarded, each.net(STANDARD) <= 1, each.busts, each.errors)
                    async for each in replay(
                        sessions, way, count=counter.count, turn_done=lambda: None
                    )
                ]
            )

    assert found[0] == found[1]


async def test_a_proxy_elsewhere_is_refused() -> None:
    with pytest.raises(HeadroomError, match="No proxy answers"):
        async with open_way(
            "http://127.0.0.1:9", DIALECTS, upstream_port=0, environ={}, counter=Counter.load()
        ):
            pass

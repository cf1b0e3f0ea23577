"""`POST /cache/clear`."""

from __future__ import annotations

from headroom.proxy.pages import PAGES
from headroom.state.replies import Replies
from tests.proxy.house import get, house_of, post
from tests.proxy.repeated import MINE, THEIRS, asked, use_of
from tests.proxy.talks import house_before, with_planning
from tests.support.outage import Down
from tests.upstream import Provider

KEYS = (MINE, THEIRS)
CLEAR = post(b"/cache/clear", b"")


async def test_stored_replies_of_every_caller_are_forgotten() -> None:
    async with house_before(Provider()) as house:
        for key in KEYS:
            await asked(house, key=key)
        cleared = await house.ask(CLEAR)
        again = [await asked(house, key=key) for key in KEYS]

    assert (cleared.status, cleared.body) == (200, b'{"status":"cleared"}')
    assert [use_of(one) for one in again] == [b"miss"] * 2


async def test_what_is_not_there_is_told_as_the_original_does() -> None:
    async with house_of(cache=False) as house:
        answer = await house.ask(CLEAR)

    assert (answer.status, answer.body) == (200, b'{"status":"cache disabled"}')


async def test_E7_it_is_for_the_operator_and_by_post_only() -> None:
    assert PAGES["/cache/clear"].level == "operator"
    async with house_of() as house:
        assert (await house.ask(get(b"/cache/clear"))).status == 405
        afar = await house.ask(post(b"/cache/clear", b"", b"x-forwarded-for: 10.0.0.1"))
        assert afar.status == 401
        assert house.upstream.seen == []


async def test_a_store_that_is_down_is_told() -> None:
    class Deaf(Down):
        async def clear(self, namespace: str) -> None:
            await self.get([(namespace, b"")])

    async with house_of() as house:
        with_planning(house, replies=Replies(Deaf(), lifetime_s=60))
        answer = await house.ask(CLEAR)

    assert answer.status == 503
    assert b"stored replies cannot be read just now: the disk is gone" in answer.body

"""What a batch has lost is kept before it leaves, whatever becomes of the proxy after that."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from headroom.marker import find_markers
from tests.proxy.batched import BATCHES, KEY, batch_of, params_in, talk
from tests.proxy.house import get, post, upstream_of
from tests.proxy.process import process_of
from tests.proxy.talks import messages_of, rows, table, texts_of

MESSAGES = "/v1/messages"
LARGE = table(3, 400)


def batch(count: int = 20) -> list[dict[str, object]]:
    asked = [talk(MESSAGES, number, [LARGE, rows(number)]) for number in range(count)]
    for one in asked:
        # A command that shows something may be run again.
        one["messages"][1]["content"][0]["input"] = {"command": "cat customers.json"}
    return asked


async def test_a_batch_whose_proxy_is_killed_as_it_leaves_can_be_redeemed(tmp_path: Path) -> None:
    asked = batch()
    async with upstream_of() as upstream:
        async with process_of(upstream.url, tmp_path) as process:
            client = await process.connect()
            client.writer.write(post(BATCHES, batch_of(asked), KEY))
            sent = params_in((await upstream.next()).body)
            process.stop(signal.SIGKILL)
        async with process_of(upstream.url, tmp_path) as process:
            client = await process.connect()
            for one in sent:
                text = texts_of(MESSAGES, json.dumps(one).encode())[0]
                (marker,) = find_markers(text)
                client.writer.write(get(b"/v1/retrieve/" + marker.key.encode(), KEY))
                kept = await client.answer()
                assert json.loads(kept.body)["original_content"] == LARGE
            # A conversation of the batch goes on by itself in the same forms.
            goes_on = talk(MESSAGES, 7, [LARGE, rows(7), rows(8)])
            goes_on["messages"][:5] = asked[7]["messages"]
            body = json.dumps(goes_on).encode()
            assert await process.ask(post(MESSAGES.encode(), body, KEY)) == 200
            later = messages_of((await upstream.next()).body)

    assert later[:5] == sent[7]["messages"]


@pytest.mark.parametrize("moment", [0.0, 0.05, 0.2])
async def test_a_batch_whose_proxy_is_killed_before_it_leaves_is_not_sent_at_all(
    moment: float, tmp_path: Path
) -> None:
    async with upstream_of() as upstream:
        async with process_of(upstream.url, tmp_path) as process:
            client = await process.connect()
            body = batch_of(batch(200))
            client.writer.write(post(BATCHES, body, KEY)[: int(len(body) * (1 - moment))])
            await client.writer.drain()
            process.stop(signal.SIGKILL)
            await client.rest()
        async with process_of(upstream.url, tmp_path) as process:
            assert await process.ask(post(BATCHES, batch_of(batch(2)), KEY)) == 200

    assert [len(params_in(each.body)) for each in upstream.seen] == [2]

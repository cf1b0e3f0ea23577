"""What became of one request's blocks; and that texts are shown to nobody but whose they are."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from headroom.conversation import Form
from headroom.marker import key_of
from headroom.outcome import Treated
from headroom.proxy.pages.dashboard_requests import (
    AS_IT_CAME,
    DECODED,
    EXPIRED,
    FORM_GONE,
    LEFT,
    LOSSLESS,
    MOST_CHARACTERS,
    SENT_RAW,
    _after,
    form_of,
)
from headroom.state.forms import FORMS
from headroom.state.originals import ORIGINALS
from tests.proxy.house import PATIENCE_S, House, get, post
from tests.proxy.keyrings import WITH_KEYS, new_key
from tests.proxy.talks import body_of, house_before, log, planning_of, table
from tests.upstream import Provider

MINE, THEIRS = b"x-api-key: mine", b"x-api-key: theirs"
OPERATOR = b"x-headroom-api-key: OPS"
LONG = table(1)
Json = dict[str, Any]


async def asked(house: House, path: str, *headers: bytes) -> tuple[int, Json]:
    answer = await house.ask(get(path.encode(), *headers))
    assert answer.values(b"cache-control") == [b"no-store"]
    told: Json = json.loads(answer.body)
    return answer.status, told


async def sent(house: House, *headers: bytes, text: str = LONG) -> str:
    """Send a conversation in which a tool says this at last; the id of its last request."""
    for texts in ([], ["ok"], ["ok", text]):
        body = body_of("/v1/messages", texts)
        answer = await house.ask(post(b"/v1/messages", body, *headers))
        assert answer.status == 200
    assert house.app.proxy is not None
    chronicle = house.app.proxy.chronicle
    async with asyncio.timeout(PATIENCE_S):
        while True:
            await chronicle.read()
            recent = chronicle.recent()
            if len(recent) == 3 and await chronicle.detail(recent[0][1].id):
                return recent[0][1].id


def changed(told: Json, *, has_original: bool) -> Json:
    """A block that became shorter."""
    block: Json = next(
        one for one in told["blocks"] if one["by"] and one["has_original"] is has_original
    )
    return block


def house(tmp_path: Path, **settings: Any) -> Any:
    kept = {"ccr_offer": "always", "stop_at_loss": False, "toin": False}
    return house_before(Provider(), workspace_dir=tmp_path, admin_key="OPS", **kept, **settings)


async def test_a_request_opens_to_its_blocks(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        name = await sent(at, MINE)
        status, told = await asked(at, f"/dashboard/requests/{name}")

    assert status == 200
    assert told["request"]["request_id"] == name
    assert told["may_read"] is told["is_operator"] is False
    block = changed(told, has_original=True)
    assert block["tool"] == "Bash"
    assert block["tokens_after"] < block["tokens_before"]
    assert (block["role"], block["kind"]) == ("tool", "tool_result")
    assert {one["reason"] for one in told["blocks"] if not one["by"]} != set()
    # What stands in a text is told by no hash of it either.
    assert key_of(LONG) not in json.dumps(told["blocks"])


async def test_D3_its_owner_sees_before_and_after(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        name = await sent(at, MINE)
        _, told = await asked(at, f"/dashboard/requests/{name}", MINE)
        index = changed(told, has_original=True)["index"]
        status, texts = await asked(at, f"/dashboard/requests/{name}/{index}", MINE)

    assert (told["may_read"], status) == (True, 200)
    assert texts["before"]["text"] == LONG
    assert texts["before"]["characters"] == len(LONG)
    assert 0 < len(texts["after"]["text"]) < len(LONG)


@pytest.mark.parametrize(
    "headers",
    [(), (THEIRS,), (b"x-headroom-api-key: CALLERS",), (b"authorization: Bearer mine",)],
)
async def test_D3_E7_a_stranger_sees_no_text_wherever_it_stands(
    headers: tuple[bytes, ...], tmp_path: Path
) -> None:
    async with house(tmp_path) as at:
        name = await sent(at, MINE)
        _, told = await asked(at, f"/dashboard/requests/{name}", *headers)
        index = changed(told, has_original=True)["index"]
        status, texts = await asked(at, f"/dashboard/requests/{name}/{index}", *headers)

    assert (told["may_read"], status) == (False, 403)
    assert texts["error"] == {"type": "forbidden", "message": texts["detail"]}
    assert set(texts) == {"detail", "error"}
    assert "HEADROOM_ADMIN_KEY" in texts["detail"]


async def test_E7_the_operator_sees_the_texts_of_all(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        name = await sent(at, MINE)
        _, told = await asked(at, f"/dashboard/requests/{name}", OPERATOR)
        index = changed(told, has_original=True)["index"]
        status, texts = await asked(at, f"/dashboard/requests/{name}/{index}", OPERATOR)

    assert (told["may_read"], told["is_operator"], status) == (True, True, 200)
    assert texts["before"]["text"] == LONG


async def test_D3_a_callers_token_is_no_master_key(tmp_path: Path) -> None:
    async with house(tmp_path, api_key="CALLERS") as at:
        name = await sent(at, MINE)
        _, told = await asked(at, f"/dashboard/requests/{name}", b"x-headroom-api-key: CALLERS")

    assert told["may_read"] is False


async def test_D1_what_was_sent_with_a_virtual_key_is_that_keys_own(tmp_path: Path) -> None:
    async with house(tmp_path, **WITH_KEYS) as at:
        key, _ = await new_key(at)
        other, _ = await new_key(at)
        name = await sent(at, b"x-api-key: " + key)
        _, own = await asked(at, f"/dashboard/requests/{name}", b"x-headroom-api-key: " + key)
        _, foreign = await asked(at, f"/dashboard/requests/{name}", b"x-api-key: " + other)

    assert (own["may_read"], foreign["may_read"]) == (True, False)


async def test_what_was_written_without_loss_is_turned_back(tmp_path: Path) -> None:
    async with house(tmp_path, ccr_marker=False) as at:
        name = await sent(at, MINE, text=log(5))
        _, told = await asked(at, f"/dashboard/requests/{name}", MINE)
        block = changed(told, has_original=False)
        _, texts = await asked(at, f"/dashboard/requests/{name}/{block['index']}", MINE)

    if len(block["by"]) == 1:
        assert texts["before"]["note"] == DECODED
        assert texts["before"]["text"] == log(5)
    else:
        assert texts["before"] == {"text": None, "characters": 0, "note": LOSSLESS}
    assert texts["after"]["text"]


async def test_what_stayed_as_it_is_is_kept_nowhere_and_says_so(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        name = await sent(at, MINE)
        _, told = await asked(at, f"/dashboard/requests/{name}", MINE)
        index = next(one["index"] for one in told["blocks"] if not one["by"])
        _, texts = await asked(at, f"/dashboard/requests/{name}/{index}", MINE)

    assert texts["before"] == {"text": None, "characters": 0, "note": AS_IT_CAME}


async def test_G7_what_has_expired_says_so(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        name = await sent(at, MINE)
        _, told = await asked(at, f"/dashboard/requests/{name}", MINE)
        index = changed(told, has_original=True)["index"]
        store = planning_of(at).originals._store
        for namespace in (ORIGINALS, FORMS):
            there = await store.list(namespace, b"", limit=100)
            await store.drop([(namespace, each) for each in there])
        _, texts = await asked(at, f"/dashboard/requests/{name}/{index}", MINE)

    assert (texts["before"]["text"], texts["after"]["text"]) == (None, None)
    assert (texts["before"]["note"], texts["after"]["note"]) == (EXPIRED, FORM_GONE)


async def test_a_long_text_is_shown_by_its_beginning(tmp_path: Path) -> None:
    long = table(1, 8_000)
    assert len(long) > MOST_CHARACTERS
    async with house(tmp_path) as at:
        name = await sent(at, MINE, text=long)
        _, told = await asked(at, f"/dashboard/requests/{name}", MINE)
        index = changed(told, has_original=True)["index"]
        _, texts = await asked(at, f"/dashboard/requests/{name}/{index}", MINE)

    assert texts["before"]["text"] == long[:MOST_CHARACTERS]
    assert texts["before"]["characters"] == len(long)


@pytest.mark.parametrize("path", ["hr_unknown", "hr_unknown/3", "%00", "x" * 500])
async def test_what_is_not_kept_is_404(path: str, tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        status, told = await asked(at, f"/dashboard/requests/{path}", OPERATOR)

    assert status == 404
    assert "seven days" in told["detail"]


async def test_a_block_that_nobody_looked_at_is_404(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        name = await sent(at, MINE)
        status, told = await asked(at, f"/dashboard/requests/{name}/999", MINE)

    assert (status, told["detail"]) == (
        404,
        f"the request {name} has no block 999 that was looked at",
    )


TOLD = Treated(3, 1, "user", "tool_result", "Bash", 90, 30, ("log",), original="ab", place="00")
FORM = Form("short", ("log",), 90, 30, original="ab")


def test_of_several_forms_the_one_is_shown_that_this_request_gave() -> None:
    others = [
        Form("other", ("log",), 90, 31, original="ab"),
        Form("other", ("records",), 90, 30, original="ab"),
        Form("other", ("log",), 90, 30, original="cd"),
    ]

    assert form_of(TOLD, [*others, FORM]) is FORM
    assert form_of(TOLD, others) is None


@pytest.mark.parametrize(
    ("form", "note"),
    [
        (Form(None, ("log",), 90, 30, original="ab", told_by=2), LEFT),
        (Form(None, ("log",), 90, 30, original="ab"), SENT_RAW),
        (FORM, ""),
    ],
)
def test_what_is_not_sent_at_all_says_so(form: Form, note: str) -> None:
    told = msgspec.json.decode(msgspec.json.encode(_after(form)))

    assert told["note"] == note
    assert told["text"] == (form.text if form.text else None)

"""The requests inside a batch are planned before it is sent on; all else passes as it came."""

from __future__ import annotations

import gzip
import itertools
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from headroom.marker import TOOL, find_markers
from headroom.outcome import Outcome
from headroom.state.spend import nanos_of
from tests.proxy.batched import (
    BATCHES,
    BEARER,
    FILES,
    FORM,
    KEY,
    batch_of,
    bodies_in,
    file_in,
    form_of,
    lines_of,
    make_batch,
    params_in,
    send_batch,
    send_file,
    talk,
    told,
)
from tests.proxy.house import House, get, post
from tests.proxy.paying import proxy_of, spent
from tests.proxy.talks import (
    ROUTES,
    house_before,
    log,
    messages_of,
    noting,
    planning_of,
    results,
    rows,
    table,
    texts_of,
)
from tests.support.outage import Down
from tests.upstream import Call, Provider, Received, Say, Script, Think

MESSAGES, CHAT = "/v1/messages", "/v1/chat/completions"
ALONE = {"ccr_inject_tool": False, "auto_cache": False}
LARGE = table(3, 400)
"""So much that something is left out of it where it may be."""


def many(count: int = 50) -> list[Any]:
    return [talk(MESSAGES, number, results(number % 5)) for number in range(count)]


async def test_each_request_of_a_batch_becomes_what_it_would_become_alone(tmp_path: Path) -> None:
    asked, provider, alone = [*many(), talk(MESSAGES, 99, [LARGE])], Provider(), Provider()
    async with house_before(provider, workspace_dir=tmp_path / "a") as house:
        outcomes = noting(house)
        answer = await send_batch(house, batch_of(asked))
        outcome = await outcomes.next()
    async with house_before(alone, workspace_dir=tmp_path / "b", **ALONE) as house:
        before = after = 0
        for one in asked:
            said = told(await house.ask(post(MESSAGES.encode(), json.dumps(one).encode(), KEY)))
            before += int(said["tokens-before"])
            after += int(said["tokens-after"])

    (sent,) = provider.received
    assert len(sent.body) < 0.7 * len(batch_of(asked))
    assert params_in(sent.body) == [msgspec.json.decode(one.body) for one in alone.received]
    assert told(answer)["tokens-before"] == str(before)
    assert told(answer)["tokens-after"] == str(after)
    assert (outcome.tokens_before, outcome.tokens_after) == (before, after)
    assert (outcome.verdict, outcome.requests, outcome.legs) == ("planned", 51, 1)
    assert outcome.notes == ("a batch of 51 requests, 41 of them made shorter",)


@pytest.mark.parametrize("route", [CHAT, "/v1/responses"])
async def test_each_request_in_a_file_becomes_what_it_would_become_alone(
    route: str, tmp_path: Path
) -> None:
    asked = [talk(route, number, [rows(number)]) for number in range(50)]
    provider, alone = Provider(), Provider()
    async with house_before(provider, workspace_dir=tmp_path / "a") as house:
        await send_file(house, lines_of(route, asked))
    async with house_before(alone, workspace_dir=tmp_path / "b", ccr_marker=False) as house:
        for one in asked:
            await house.ask(post(route.encode(), json.dumps(one).encode(), BEARER))

    sent = file_in(provider.received[0].body)
    assert len(sent) < 0.7 * len(lines_of(route, asked))
    assert bodies_in(sent) == [msgspec.json.decode(one.body) for one in alone.received]


ODD = (
    b'{ "requests" :[ {"custom_id":"a","params": {"model":"m","n":1e2,"big":1234567890123456789012,'
    b'"messages":[]}},\n{"params":%s , "custom_id":"\\u0062","extra":1.0} ] , "other":[1,  2] }\n'
)


async def test_bytes_outside_of_edits_stay_as_they_came() -> None:
    body = talk(MESSAGES, 1, [rows(1)])
    async with house_before(provider := Provider()) as house:
        await send_batch(house, ODD % json.dumps(body).encode())

    changed = params_in(provider.received[0].body)[1]
    assert texts_of(MESSAGES, json.dumps(changed).encode()) != [rows(1)]
    assert provider.received[0].body == ODD % json.dumps(changed).encode()
    assert provider.received[0].header("content-length") == str(len(provider.received[0].body))


@pytest.mark.parametrize(
    ("settings", "headers"),
    [
        ({"optimize": False}, ()),
        ({"batch_limit_mb": 0}, ()),
        ({}, (b"x-headroom-bypass: true",)),
        ({}, (b"x-headroom-mode: passthrough",)),
    ],
)
async def test_what_is_not_to_be_planned_passes_as_it_came(
    settings: dict[str, Any], headers: tuple[bytes, ...]
) -> None:
    batch, file = batch_of(many(5)), lines_of(CHAT, [talk(CHAT, 1, [rows(1)])])
    async with house_before(provider := Provider(), **settings) as house:
        answers = [await send_batch(house, batch, *headers), await send_file(house, file, *headers)]

    assert [one.body for one in provider.received] == [batch, form_of(file)]
    assert not any(map(told, answers))


async def test_what_is_packed_passes_as_it_came() -> None:
    packed = gzip.compress(batch_of(many(5)))
    async with house_before(provider := Provider()) as house:
        answer = await send_batch(house, packed, b"content-encoding: gzip")

    assert provider.received[0].body == packed
    assert not told(answer)


async def test_a_batch_beyond_the_room_passes_as_it_came() -> None:
    body = batch_of([talk(MESSAGES, n, [log(n, 3_000)]) for n in range(10)])
    assert len(body) > 1_048_576
    async with house_before(provider := Provider(), batch_limit_mb=1) as house:
        await send_batch(house, body)

    assert provider.received[0].body == body


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b'{"requests":5}', b'{"requests":{"a":1}}', b'{"requests":[]}',
        b'{"requests":[1,"a",null,[],{}]}', b'{"requests":[{"custom_id":"a"}]}',
        b'{"requests":[{"custom_id":"a","params":[]}]}',
        b'{"requests":[{"custom_id":"a","params":{"messages":5}}]}',
        b'{"requests":[{"custom_id":"a","params":{"messages":[5,{"role":7,"content":{}}]}}]}',
        b'{"requests":[{"params":{"a":' + b"[" * 50_000 + b"]" * 50_000 + b"}}]}",
        b'{"requests":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
        b'{"requests":[{"custom_id":"\\ud800","params":{"messages":"\xff"}}]}',
        b'{"requests":[' + b",".join([b'{"x":1}'] * 5_000) + b"]}",
        b'{"requests":[{"params":{}}],"requests":[{"params":{}}]}',
    ],
)  # fmt: skip
async def test_hostile_batches_reach_their_provider_as_they_came(body: bytes) -> None:
    async with house_before(provider := Provider()) as house:
        answer = await house.ask(post(BATCHES, body, KEY))

    assert provider.received[0].body == body
    assert answer.status in (200, 400)


@pytest.mark.parametrize(
    "file",
    [b"", b"\n\n", b"{", b"[]\n1\n", b'{"url":"/v1/chat/completions","method":"POST"}',
     b'{"url":"/v1/chat/completions","method":"POST","body":[]}', b"\xff\xfe\n",
     b'{"url":7,"method":"POST","body":{}}', b"[" * 50_000],
)  # fmt: skip
async def test_hostile_files_reach_their_provider_as_they_came(file: bytes) -> None:
    async with house_before(provider := Provider()) as house:
        answer = await send_file(house, file)

    assert provider.received[0].body == form_of(file)
    assert answer.status == 200


@pytest.mark.parametrize("purpose", [b"fine-tune", b"user_data", b"assistants", b"batches"])
async def test_files_for_other_purposes_are_not_touched(purpose: bytes) -> None:
    file = lines_of(CHAT, [talk(CHAT, 1, [rows(1)])])
    async with house_before(provider := Provider()) as house:
        answer = await send_file(house, file, purpose=purpose)

    assert provider.received[0].body == form_of(file, purpose)
    assert not told(answer)


@pytest.mark.parametrize(
    "form",
    [
        form_of(b"{}")[:-10],
        form_of(b"{}").replace(b'name="file"', b'name="files"'),
        form_of(b"{}").replace(b'name="purpose"', b'name="file"'),
        b'{"purpose":"batch"}',
    ],
)
async def test_forms_that_are_odd_pass_as_they_came(form: bytes) -> None:
    async with house_before(provider := Provider()) as house:
        # What its provider says of them does not matter here.
        provider.batches.answer = lambda received: None  # type: ignore[method-assign]
        await house.ask(post(FILES, form, BEARER, FORM))

    assert provider.received[0].body == form


async def test_files_of_anthropic_are_none_of_ours() -> None:
    form = form_of(lines_of(CHAT, [talk(CHAT, 1, [rows(1)])]))
    async with house_before(provider := Provider()) as house:
        await house.ask(post(FILES, form, KEY, FORM, b"anthropic-version: 2026-10-21"))

    assert provider.received[0].body == form


async def test_requests_with_one_name_and_bad_ones_between_are_each_planned_or_not() -> None:
    good = json.dumps(talk(MESSAGES, 1, [rows(1)]))
    bad = ["[]", '{"messages":' + "[" * 400 + "]" * 400 + "}", '{"a":1,"messages":"\\ud800"}']
    elements = [f'{{"custom_id":"same","params":{one}}}' for one in (good, *bad, good)]
    body = f'{{"requests":[{",".join(elements)}]}}'.encode()
    async with house_before(provider := Provider()) as house:
        outcomes = noting(house)
        await house.ask(post(BATCHES, body, KEY))
        outcome = await outcomes.next()

    sent = provider.received[0].body
    first, last = (params_in(_without(sent, bad))[place] for place in (0, -1))
    assert first == last
    assert texts_of(MESSAGES, json.dumps(first).encode()) != [rows(1)]
    assert all(f'"params":{one}}}'.encode() in sent for one in bad)
    assert outcome.notes == ("a batch of 5 requests, 2 of them made shorter",)


def _without(body: bytes, params: list[str]) -> bytes:
    for one in params:
        body = body.replace(one.encode(), b"{}")
    return body


async def test_a_file_keeps_its_line_ends_and_the_lines_that_ask_for_something_else() -> None:
    asked = talk(CHAT, 1, [rows(1)])
    other = json.dumps({"custom_id": "e", "method": "POST", "url": "/v1/embeddings", "body": asked})
    got = json.dumps({"custom_id": "g", "method": "GET", "url": CHAT, "body": asked})
    twice = f'{{"url":"/v1/embeddings","method":"POST","url":"{CHAT}","body":{json.dumps(asked)}}}'
    file = (
        lines_of(CHAT, [asked, asked], end="\r\n")
        + "\r\n\n".join(["", other, got, twice, ""]).encode()
    )
    async with house_before(provider := Provider()) as house:
        provider.batches.answer = lambda received: None  # type: ignore[method-assign]
        await send_file(house, file)

    sent = file_in(provider.received[0].body)
    assert sent.count(b"\n") == file.count(b"\n")
    lines, before = sent.split(b"\n"), file.split(b"\n")
    assert lines[0].endswith(b"\r")
    assert len(lines[0]) < 0.7 * len(before[0])
    assert lines[2:] == before[2:]


# What may leave, and what is known.


async def test_in_a_batch_only_what_the_clients_own_tools_show_again_leaves(tmp_path: Path) -> None:
    with_tools = talk(MESSAGES, 1, [LARGE])
    without = {name: value for name, value in talk(MESSAGES, 2, [LARGE]).items() if name != "tools"}
    may_not = talk(MESSAGES, 3, [LARGE], tool_choice={"type": "none"})
    for one in (with_tools, without, may_not):
        # A command that shows something may be run again.
        one["messages"][1]["content"][0]["input"] = {"command": "cat nightly.log"}
    async with house_before(
        provider := Provider(), workspace_dir=tmp_path, ccr_offer="always"
    ) as house:
        await send_batch(house, batch_of([with_tools, without, may_not]))
        sent = params_in(provider.received[0].body)
        markers = [find_markers(texts_of(MESSAGES, json.dumps(one).encode())[0]) for one in sent]
        (key,) = [marker.key for marker in markers[0]]
        kept = await house.ask(get(b"/v1/retrieve/" + key.encode(), KEY))

    assert [len(each) for each in markers] == [1, 0, 0]
    assert json.loads(kept.body)["original_content"] == LARGE
    assert all(TOOL not in json.dumps(one) for one in sent)


async def test_nothing_leaves_a_file_that_can_be_read_again(tmp_path: Path) -> None:
    asked = talk(CHAT, 1, [LARGE])
    asked["messages"][1]["tool_calls"][0]["function"]["arguments"] = '{"command":"cat a.log"}'
    async with house_before(provider := Provider(), workspace_dir=tmp_path) as house:
        await send_file(house, lines_of(CHAT, [asked]))

    (text,) = texts_of(CHAT, json.dumps(bodies_in(file_in(provider.received[0].body))[0]).encode())
    assert len(text) < 0.7 * len(LARGE)
    assert not find_markers(text)


@pytest.mark.parametrize("order", [1, -1])
async def test_turns_of_one_conversation_have_the_same_forms_in_any_order(
    order: int, tmp_path: Path
) -> None:
    texts = results(8)
    turns = [talk(MESSAGES, 1, texts[:count]) for count in range(1, 9)]
    async with house_before(provider := Provider(), workspace_dir=tmp_path) as house:
        await send_batch(house, batch_of(turns[::order]))
        await send_batch(house, batch_of(turns[3:]))

    first, again = (params_in(one.body) for one in provider.received)
    first = first[::order]
    for earlier, later in itertools.pairwise(first):
        assert later["messages"][: len(earlier["messages"])] == earlier["messages"]
    assert again == first[3:]


@pytest.mark.parametrize("route", ROUTES)
async def test_a_conversation_goes_on_in_a_batch_and_back(route: str, tmp_path: Path) -> None:
    texts = [rows(1), LARGE, rows(2), log(5), rows(4)]

    async def ask(house: House, count: int) -> None:
        await house.ask(
            post(route.encode(), json.dumps(talk(route, 1, texts[:count])).encode(), KEY, BEARER)
        )

    async with house_before(provider := Provider(), workspace_dir=tmp_path) as house:
        await ask(house, 1)
        await ask(house, 2)
        if route == MESSAGES:
            await send_batch(house, batch_of([talk(route, 1, texts[:3])]))
        else:
            await send_file(house, lines_of(route, [talk(route, 1, texts[:3])]))
        await ask(house, 4)
        await ask(house, 5)

    bodies = [one.body for one in provider.received]
    inside = params_in(bodies[2]) if route == MESSAGES else bodies_in(file_in(bodies[2]))
    bodies[2] = json.dumps(inside[0]).encode()
    said = [messages_of(body) for body in bodies]
    for earlier, later in itertools.pairwise(said):
        assert later[: len(earlier)] == earlier
    assert all(text != raw for text, raw in zip(texts_of(route, bodies[4]), texts, strict=True))


async def test_what_began_in_a_batch_goes_on_by_itself_in_the_same_forms(tmp_path: Path) -> None:
    texts = results(3)
    provider = Provider(bound_thinking=True)
    provider.next(Script((Think("Hm."), Call("Bash", {"command": "ls"}, id="toolu_9"))))
    asked = talk(MESSAGES, 1, texts, thinking={"type": "adaptive"})
    async with house_before(provider, workspace_dir=tmp_path) as house:
        await send_batch(house, batch_of([asked]))
        line = msgspec.json.decode(provider.batches.results["msgbatch_1"])
        said = line["result"]["message"]["content"]
        answer = {"type": "tool_result", "tool_use_id": "toolu_9", "content": rows(7)}
        asked["messages"] += [
            {"role": "assistant", "content": said}, {"role": "user", "content": [answer]}
        ]  # fmt: skip
        goes_on = await house.ask(post(MESSAGES.encode(), json.dumps(asked).encode(), KEY))

    before = params_in(provider.received[0].body)[0]["messages"]
    after = messages_of(provider.received[1].body)
    # Thinking that stands behind other bytes would be refused.
    assert goes_on.status == 200
    assert after[: len(before)] == before
    assert texts_of(MESSAGES, provider.received[1].body)[:2] != texts[:2]


def retrieving(received: Received) -> Script:
    """Looks once at what a marker names; thinks before, where it may."""
    texts = texts_of(MESSAGES, received.body)
    if not texts:
        return Script()
    thinks = (Think("Hm."),) if b'"thinking"' in received.body else ()
    if TOOL in json.dumps(messages_of(received.body)[3:]):
        return Script((*thinks, Say("Done.")))
    key = find_markers(texts[0])[0].key
    return Script((*thinks, Call(TOOL, {"hash": key, "lines": "1-3"})))


@pytest.mark.parametrize("bound", [False, True])
async def test_what_was_hidden_is_put_back_and_our_tool_stays_only_where_it_must(
    bound: bool, tmp_path: Path
) -> None:
    provider = Provider(otherwise=retrieving, bound_thinking=bound)
    members = {"thinking": {"type": "adaptive"}} if bound else {}
    asked = talk(MESSAGES, 1, [LARGE], **members)
    begun = talk(MESSAGES, 1, [], **members)
    async with house_before(provider, workspace_dir=tmp_path, ccr_offer="always") as house:
        await house.ask(post(MESSAGES.encode(), json.dumps(begun).encode(), KEY))
        answer = await house.ask(post(MESSAGES.encode(), json.dumps(asked).encode(), KEY))
        said = json.loads(answer.body)["content"]
        goes_on = [{"role": "assistant", "content": said}, {"role": "user", "content": "And now?"}]
        asked["messages"] += goes_on
        await send_batch(house, batch_of([asked]))

    (sent,) = params_in(provider.received[-1].body)
    answers = [message for message in sent["messages"] if message["role"] == "assistant"]
    assert TOOL in [each.get("name") for message in answers for each in message["content"]]
    assert (TOOL in [tool["name"] for tool in sent["tools"]]) == bound
    result = msgspec.json.decode(provider.batches.results["msgbatch_1"])["result"]
    assert result["type"] == "succeeded"


# When something goes wrong.


async def test_while_the_store_is_down_nothing_is_left_out(tmp_path: Path) -> None:
    asked = talk(MESSAGES, 1, [LARGE])
    asked["messages"][1]["content"][0]["input"] = {"command": "cat nightly.log"}
    async with house_before(provider := Provider(), workspace_dir=tmp_path) as house:
        planning = planning_of(house)
        planning.ledger._store = Down()
        await send_batch(house, batch_of([asked, *many(5)]))

    (text,) = texts_of(MESSAGES, json.dumps(params_in(provider.received[0].body)[0]).encode())
    assert len(text) < len(LARGE)
    assert not find_markers(text)


async def test_what_is_late_goes_as_it_came_but_for_what_its_provider_has_seen(
    tmp_path: Path,
) -> None:
    texts = [rows(1), LARGE]
    known, new = talk(MESSAGES, 1, texts), talk(MESSAGES, 2, texts)
    async with house_before(provider := Provider(), workspace_dir=tmp_path) as house:
        first = json.dumps(talk(MESSAGES, 1, texts[:1])).encode()
        await house.ask(post(MESSAGES.encode(), first, KEY))
    async with house_before(
        late := Provider(), workspace_dir=tmp_path, batch_plan_seconds=1e-9
    ) as house:
        outcomes = noting(house)
        await send_batch(house, batch_of([known, new]))
        outcome = await outcomes.next()

    one, other = params_in(late.received[0].body)
    assert one["messages"][:3] == messages_of(provider.received[0].body)
    assert texts_of(MESSAGES, json.dumps(one).encode())[1] == LARGE
    assert other == new
    assert "2 requests of the batch were not planned in time" in outcome.notes


# What it comes to.


async def outcomes_of(house: House, count: int, notebook: Any) -> list[Outcome]:
    return [await notebook.next() for _ in range(count)]


async def test_what_left_a_file_is_told_by_each_batch_that_is_made_of_it() -> None:
    asked = [talk(CHAT, number, [rows(number)]) for number in range(10)]
    async with house_before(Provider()) as house:
        notebook = noting(house)
        sent = await send_file(house, lines_of(CHAT, asked))
        first, again = await make_batch(house, sent), await make_batch(house, sent)
        file, one, other = await outcomes_of(house, 3, notebook)

    assert (file.tokens_before, file.verdict, file.cost) == (0, "planned", None)
    assert told(sent)["tokens-saved"] == told(first)["tokens-saved"] == told(again)["tokens-saved"]
    assert one.tokens_before - one.tokens_after == int(told(first)["tokens-saved"]) > 0
    assert (one.requests, one.notes) == (10, ("a batch of 10 requests, 10 of them made shorter",))
    assert (other.tokens_after, other.cost) == (one.tokens_after, one.cost)


async def test_a_batch_costs_half_and_so_does_what_it_saved() -> None:
    asked = [talk(MESSAGES, number, [rows(number)]) for number in range(10)]
    async with house_before(Provider()) as house:
        notebook = noting(house)
        await send_batch(house, batch_of(asked))
        (outcome,) = await outcomes_of(house, 1, notebook)

    # 4 dollars for a million tokens of input, 20 for one of output, at half the price.
    answers = 10 * 500 * 10
    saved = outcome.tokens_before - outcome.tokens_after
    assert outcome.cost is not None
    assert outcome.cost * 1_000_000 == outcome.tokens_after * 2 + answers
    assert outcome.saved is not None
    assert outcome.saved * 1_000_000 == saved * 2
    assert outcome.estimated


async def test_what_is_set_apart_is_told_by_what_is_sent() -> None:
    asked = [talk(MESSAGES, number, [rows(number)]) for number in range(10)]
    async with house_before(Provider(), budget=10.0) as house:
        notebook = noting(house)
        await send_batch(house, batch_of(asked))
        outcome = await notebook.next()
        charged = await spent(house)
        await house.ask(get(b"/v1/messages/batches/msgbatch_1/results", KEY))
        corrected = await spent(house)

    assert outcome.cost is not None
    assert charged == nanos_of(outcome.cost)
    # Ten answers of a word each, where five hundred tokens were expected.
    assert 0 < corrected < charged / 2


async def test_a_file_is_set_apart_by_what_is_left_of_it() -> None:
    asked = [talk(CHAT, number, [rows(number)]) for number in range(10)]
    async with house_before(Provider(), budget=10.0) as house:
        notebook = noting(house)
        sent = await send_file(house, lines_of(CHAT, asked))
        await make_batch(house, sent)
        _, outcome = await outcomes_of(house, 2, notebook)
        charged = await spent(house)

    assert outcome.cost is not None
    assert charged == nanos_of(outcome.cost)


async def test_room_is_given_back_once_a_batch_was_sent() -> None:
    async with house_before(Provider()) as house:
        await send_batch(house, batch_of(many(3)))
        room = proxy_of(house).batch_room.filled

    assert room == (0, 0, 256 * 1_048_576)


async def test_results_pass_byte_for_byte() -> None:
    async with house_before(provider := Provider()) as house:
        await send_batch(house, batch_of(many(20)))
        results_ = await house.ask(get(b"/v1/messages/batches/msgbatch_1/results", KEY))

    assert results_.body == provider.batches.results["msgbatch_1"]


async def test_a_batch_whose_client_has_left_is_not_made() -> None:
    asked = [talk(MESSAGES, number, [log(number, 400)]) for number in range(200)]
    async with house_before(provider := Provider()) as house:
        notebook = noting(house)
        client = await house.connect()
        client.writer.write(post(BATCHES, batch_of(asked), KEY))
        await client.writer.drain()
        client.close()
        outcome = await notebook.next()
        room = proxy_of(house).batch_room.filled[0]

    # Its client asks again, and would have two.
    assert provider.received == []
    assert (outcome.verdict, outcome.cost, room) == ("client_left", None, 0)


async def test_a_batch_is_priced_by_the_model_of_its_first_request() -> None:
    asked = [talk(MESSAGES, number, [rows(number)]) for number in range(3)]
    # What stands before it looks like one.
    body = batch_of(asked).replace(b'{"requests"', b'{"a": {"model": "gpt-5"}, "requests"')
    file = lines_of(CHAT, [talk(CHAT, 1, [rows(1)])]).replace(
        b'{"custom_id"', b'{"metadata": {"model": "claude-opus-5-5"}, "custom_id"'
    )
    async with house_before(Provider()) as house:
        notebook = noting(house)
        await send_batch(house, body)
        await make_batch(house, await send_file(house, file))
        # The first that has a price is told once prices are loaded.
        models = {one.model for one in await outcomes_of(house, 3, notebook) if one.cost}

    assert models == {"claude-opus-5-5", "gpt-5"}

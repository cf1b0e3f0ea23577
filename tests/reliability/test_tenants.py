"""Many callers, in any order, over restarts: what one has kept is its own.

With TEST_AT_LENGTH=1 in the environment there are a hundred orders.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headroom.marker import key_of
from tests.proxy.house import House, get, house_of, post
from tests.proxy.keyrings import OPERATORS, new_key
from tests.support.at_length import AT_LENGTH

TOKEN = b"x-headroom-api-key: callers"

WAYS: dict[str, tuple[str, tuple[bytes, ...]]] = {
    "token": ("token", (TOKEN,)),
    "token as bearer": ("token", (b"authorization: Bearer callers",)),
    "a": ("a", (TOKEN, b"x-api-key: key-of-a")),
    "a, once more": ("a", (b"authorization: Bearer callers", b"x-api-key: key-of-a")),
    "a as bearer": ("a as bearer", (TOKEN, b"authorization: Bearer key-of-a")),
    "b": ("b", (TOKEN, b"x-api-key: key-of-b")),
    "a and b": ("a and b", (TOKEN, b"x-api-key: key-of-a", b"authorization: Bearer key-of-b")),
    "b with a's ids": ("b", (TOKEN, b"x-api-key: key-of-b", b"x-headroom-user-id: a")),
    "ann": ("ann", (b"x-api-key: %(ann)b",)),
    "ann as bearer": ("ann", (b"authorization: Bearer %(ann)b",)),
    "ann with more": ("ann", (TOKEN, b"x-api-key: %(ann)b", b"authorization: Bearer key-of-b")),
    "bob": ("bob", (b"authorization: Bearer %(bob)b",)),
    "operator": ("operator", (b"x-headroom-api-key: operators",)),
}
"""How a caller may come, and whose tenant it then is."""

TEXTS = [
    json.dumps(
        [
            {"id": 1000 * one + n, "state": "ok", "text": f"request {n} was served"}
            for n in range(300)
        ]
    )
    for one in range(3)
]

STEPS = st.lists(
    st.tuples(st.sampled_from(sorted(WAYS)), st.integers(0, 2), st.sampled_from("kkrrrx")),
    min_size=4,
    max_size=14,
)


@settings(
    max_examples=100 if AT_LENGTH else 5, deadline=None, suppress_health_check=list(HealthCheck)
)
@given(steps=STEPS)
def test_D1_D3_no_original_crosses_from_one_tenant_to_another(
    steps: list[tuple[str, int, str]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(follow(steps, Path(folder)))


async def follow(steps: list[tuple[str, int, str]], workspace: Path) -> None:
    """Take the steps between restarts, and compare with what should have been."""
    keys: dict[bytes, bytes] = {}
    kept: set[tuple[str, int]] = set()
    runs: list[list[tuple[str, int, str]]] = [[]]
    for step in steps:
        runs[-1].append(step)
        if step[2] == "x":
            runs.append([])
    for run in runs:
        async with house_of(
            workspace_dir=workspace, api_key="callers", admin_key="operators", virtual_keys=True,
            environ=OPERATORS,
        ) as house:  # fmt: skip
            for name in (b"ann", b"bob"):
                if name not in keys:
                    keys[name], _ = await new_key(house)
            for way, number, what in run:
                tenant, headers = WAYS[way]
                brought = tuple(header % keys if b"%(" in header else header for header in headers)
                if what == "k":
                    await keep(house, TEXTS[number], *brought)
                    kept.add((tenant, number))
                found = await has(house, TEXTS[number], *brought)
                assert found is ((tenant, number) in kept), (way, number, what)


async def keep(house: House, text: str, *headers: bytes) -> None:
    call = {"type": "function", "id": "c", "function": {"name": "list", "arguments": "{}"}}
    messages = [
        {"role": "user", "content": "Look."},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c", "content": text},
    ]
    body = json.dumps({"messages": messages, "model": "gpt-5"}).encode()
    answer = await house.ask(post(b"/v1/compress", body, *headers))
    assert json.loads(answer.body)["ccr_hashes"] == [key_of(text)]


async def has(house: House, text: str, *headers: bytes) -> bool:
    answer = await house.ask(get(f"/v1/retrieve/{key_of(text)}".encode(), *headers))
    assert answer.status in (200, 404)
    return answer.status == 200

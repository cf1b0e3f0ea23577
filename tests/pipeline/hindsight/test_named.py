"""The names in what has left say what there is to ask for."""

from __future__ import annotations

from headroom.pipeline.hindsight.named import NAMED_SHARE, named_in
from tests.pipeline.hindsight.scenes import talk

FIRST = "see src/pool/conn.py and lib/http_client.py\n" + "nothing of note here at all\n" * 40
SECOND = "again lib/http_client.py, then conf/limits_v2.toml\n" + "and so on and on\n" * 40


def test_each_name_stands_there_once_in_its_order() -> None:
    blocks = talk(FIRST, SECOND).blocks

    names = named_in(blocks, [2, 4], room=1_000)

    assert names == "src/pool/conn.py, lib/http_client.py, conf/limits_v2.toml"


def test_what_the_assistant_has_said_outside_is_in_sight_anyway() -> None:
    talked = talk(FIRST, SECOND, "ok")
    blocks = list(talked.blocks)
    said = blocks[5]
    blocks[5] = type(said)(
        said.path, said.turn, "assistant", "text", "I changed src/pool/conn.py as asked."
    )

    assert named_in(blocks, [2], room=1_000) == "lib/http_client.py"


def test_there_are_no_more_than_have_room_and_few_beside_what_left() -> None:
    many = "\n".join(f"src/part_{n:04d}/module_{n:04d}.py" for n in range(500))
    blocks = talk(many).blocks

    assert len(named_in(blocks, [2], room=200)) <= 220
    assert len(named_in(blocks, [2], room=1_000_000)) <= 1.1 * NAMED_SHARE * len(many)
    assert named_in(blocks, [2], room=0) == ""

"""Results whose call is made again at once."""

from __future__ import annotations

from headroom.conversation import Block, Conversation, Form, ToolCall
from headroom.pipeline.regret import asked_again


def result(turn: int, name: str, arguments: str) -> Block:
    call = ToolCall(f"c{turn}", name, arguments)
    return Block(("messages", turn), turn, "tool", "tool_result", "text", call, editable=True)


def again(*blocks: Block, decided: int, cut: int = 0) -> list[str]:
    forms = {cut: Form("short", original="1" * 24, signature="2" * 24)}
    return [one.how for one in asked_again(Conversation(blocks, "m"), decided, forms)]


CUT = result(1, "Read", '{"path":"a.py"}')


def test_the_same_call_in_the_next_turn_asks_for_all_of_it() -> None:
    assert again(CUT, result(2, "Read", '{"path":"a.py"}'), decided=1) == ["same"]


def test_the_same_path_with_a_range_asks_for_a_part() -> None:
    assert again(CUT, result(2, "Read", '{"limit":9,"path":"a.py"}'), decided=1) == ["part"]


def test_another_call_a_later_one_and_one_beside_it_do_not() -> None:
    assert again(CUT, result(2, "Read", '{"path":"b.py"}'), decided=1) == []
    assert again(CUT, result(2, "Edit", '{"path":"a.py"}'), decided=1) == []
    assert again(CUT, result(3, "Read", '{"path":"a.py"}'), decided=1) == []
    assert again(CUT, result(1, "Read", '{"path":"a.py"}'), decided=1) == []
    assert again(CUT, result(2, "Bash", "{}"), decided=1) == []


def test_what_was_decided_before_and_what_was_not_cut_down_teach_nothing() -> None:
    repeated = result(2, "Read", '{"path":"a.py"}')

    assert again(CUT, repeated, decided=2) == []
    assert again(CUT, repeated, decided=1, cut=1) == []

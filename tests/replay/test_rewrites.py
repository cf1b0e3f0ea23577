from __future__ import annotations

from headroom.replay.rewrites import FirstForms, at_clients_places
from headroom.replay.segments import Prompt, Segment


def _prompt(*texts: str, numbers: tuple[int, ...] = ()) -> Prompt:
    segments = tuple(Segment(text.encode(), len(text), "user", 0, text) for text in texts)
    return Prompt(
        segments=segments,
        places=tuple((number, 0) for number in numbers or range(-1, len(texts) - 1)),
        digests=tuple(segment.digest for segment in segments),
        tokens=sum(segment.tokens for segment in segments),
    )


def _said(prompt: Prompt) -> list[str]:
    return [segment.text for segment in prompt.segments]


def test_until_something_is_rewritten_it_is_what_is_forwarded() -> None:
    forwarded = _prompt("tools", "short")

    prompt = FirstForms().prompt(0, _prompt("tools", "a long text"), forwarded, rewritten=False)

    assert prompt is forwarded


def test_a_block_that_was_rewritten_keeps_its_first_form_and_one_that_left_comes_back() -> None:
    forms = FirstForms()
    forms.prompt(
        0, _prompt("tools", "first", "second"), _prompt("tools", "1st", "2nd"), rewritten=False
    )

    prompt = forms.prompt(
        0,
        _prompt("tools", "first", "second", "third"),
        _prompt("tools", "1", "3rd", numbers=(-1, 0, 2)),
        rewritten=True,
    )
    later = forms.prompt(
        0,
        _prompt("tools", "first", "second", "third", "fourth"),
        _prompt("tools", "1", "3rd", "4th", numbers=(-1, 0, 2, 3)),
        rewritten=False,
    )

    assert _said(prompt) == ["tools", "1st", "2nd", "3rd"]
    assert _said(later) == ["tools", "1st", "2nd", "3rd", "4th"]
    assert later.tokens == len("tools1st2nd3rd4th")


def test_a_client_that_rewrites_its_history_has_other_blocks_at_the_same_places() -> None:
    forms = FirstForms()
    forms.prompt(0, _prompt("tools", "first"), _prompt("tools", "1st"), rewritten=True)

    prompt = forms.prompt(1, _prompt("tools", "other"), _prompt("tools", "oth"), rewritten=False)

    assert _said(prompt) == ["tools", "oth"]


def test_messages_behind_one_that_left_are_numbered_as_the_client_did() -> None:
    forwarded = _prompt("tools", "0", "3", "5", "6")

    at_home = at_clients_places(forwarded, [("messages", 4), ("messages", 1), ("messages", 2)])

    assert [number for number, _ in at_home.places] == [-1, 0, 3, 5, 6]
    assert at_clients_places(forwarded, []) is forwarded

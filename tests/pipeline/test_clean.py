"""What a terminal would show."""

from __future__ import annotations

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom.pipeline.clean import clean


def shown_by_a_terminal(text: str) -> list[str]:
    """What a real terminal emulator shows, on a screen that is large enough."""
    screen = pyte.Screen(200, 60)
    stream = pyte.Stream(screen)
    stream.feed(text.replace("\r\n", "\n").replace("\n", "\r\n"))
    lines = [line.rstrip() for line in screen.display]
    while lines and not lines[-1]:
        lines.pop()
    return lines


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\x1b[31mred\x1b[0m and plain", "red and plain"),
        ("10%\r50%\r100%\ndone", "100%\ndone"),
        ("downloading…\rok", "okwnloading…"),
        ("\x1b]0;title\x07text   \nnext", "text\nnext"),
        ("a\r\nb \x1b[1mc\x1b[0m\r\n", "a\r\nb c\r\n"),
    ],
)
def test_codes_and_overwritten_progress_leave(raw: str, shown: str) -> None:
    assert clean(raw) == shown


@pytest.mark.parametrize(
    "text",
    [
        "plain text\nwith trailing blanks   \n",
        "windows\r\nline ends\r\n",
        "a cursor that moves \x1b[2A\x1b[31mup\x1b[0m",
        "",
    ],
)
def test_what_is_no_screen_output_or_moves_the_cursor_is_left_alone(text: str) -> None:
    assert clean(text) is None


PIECES = st.sampled_from(["word", "  ", "\r", "\n", "\x1b[31m", "\x1b[0m", "\x1b[K", "x", "longer"])


@given(st.lists(PIECES.filter(lambda piece: piece != "\x1b[K"), max_size=25).map("".join))
def test_a_terminal_shows_the_same_before_and_after(text: str) -> None:
    shown = clean(text)

    if shown is not None:
        assert shown_by_a_terminal(shown) == shown_by_a_terminal(text)
        assert clean(shown) is None


def test_a_long_progress_line_takes_linear_time() -> None:
    text = "x" * 300_000 + "\r" + "y\r" * 300_000

    assert clean(text) == "y" + "x" * 299_999 + "\r"

"""Where logs tell of failures, of many tools."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from headroom.compressors.logs.failure_blocks import END_SHOWN, LARGEST_TRACE, Block, failures
from headroom.compressors.logs.telling_lines import looked_at

PYTEST = """\
=================================== FAILURES ===================================
_________________________________ test_first ___________________________________

    def test_first():
>       assert load("a") == 1

tests/test_a.py:7:
_ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _
    def load(name):
        # of a library
>       raise KeyError(name)
E       KeyError: 'a'

/usr/lib/python3/site-packages/lib/io.py:40: KeyError
_________________________________ test_second __________________________________
E       assert 2 == 3
=========================== short test summary info ============================
FAILED tests/test_a.py::test_first - KeyError: 'a'"""


def blocks(text: str) -> list[Block]:
    """The blocks of a text, whose lines are looked at as they are when it is cut down."""
    lines = looked_at(text.split("\n"))
    return failures(
        [line.text for line in lines],
        [line.tells in ("error", "warning") for line in lines],
        [line.stamp != "" for line in lines],
    )


def spans(found: Sequence[Block]) -> list[tuple[int, int]]:
    return [(block.first, block.last) for block in found]


def test_each_failed_test_of_pytest_is_a_block_and_library_code_may_leave_first() -> None:
    heading, first, second, *_ = blocks(PYTEST)

    assert spans([heading, first, second]) == [(0, 0), (1, 13), (14, 15)]
    assert first.quiet == {7, 8, 9, 12}
    assert not second.quiet


def test_what_jest_and_go_indent_below_a_failed_test_belongs_to_it() -> None:
    jest = "  ● adds › one\n\n    expect(1).toBe(2)\n\n      at f (a.js:1:2)\n\nTests: 1 failed"
    go = "--- FAIL: TestAdd (0.00s)\n    add_test.go:7: got 3\nFAIL"

    assert spans(blocks(jest)) == [(0, 4)]
    assert spans(blocks(go))[0] == (0, 1)


def test_the_failures_of_cargo_end_with_its_result() -> None:
    cargo = "failures:\n\n---- a stdout ----\nno\n\nfailures:\n    a\n\ntest result: FAILED."

    assert spans(blocks(cargo)) == [(0, 1), (2, 7)]


def test_a_stack_belongs_to_its_error_until_the_next_line_with_a_time() -> None:
    log = "12:00:01 ERROR lost\njava.io.IOException: x\n\tat a.B.c(B.java:7)\n12:00:02 INFO on"

    [block] = blocks(log)

    assert spans([block]) == [(0, 2)]
    assert block.is_attached


def test_a_caret_belongs_to_what_the_compiler_says() -> None:
    c = "a.c:7:5: warning: unused\n    7 |   int x;\n      |       ^\nb.c:9:1: error: no\nmake: up"
    rust = (
        "error[E0308]: mismatched\n --> a.rs:2:5\n  |\n2 |     1\n  |     ^ expected\n\nwarning: x"
    )

    assert spans(blocks(c)) == [(0, 2)]
    assert spans(blocks(rust)) == [(0, 4)]


def test_of_a_very_long_stack_the_middle_may_leave() -> None:
    stack = "\n".join(["Error: deep", *(f"    at f{n} (a.js:{n}:1)" for n in range(90))])

    [block] = blocks(stack)

    assert spans([block]) == [(0, 90)]
    assert len(block.quiet) == 91 - LARGEST_TRACE
    assert max(block.quiet) == 90 - END_SHOWN


def test_a_block_that_stood_twice_before_is_told_by_its_ends() -> None:
    trace = "ValueError: x\n  File a.py, line 7\n  File b.py, line 9\n\n"

    found = blocks(trace * 4)

    assert [len(block.quiet) for block in found] == [0, 0, 1, 1]


LINES = st.sampled_from(
    ["", "x", "  y", "12:00:01 ERROR z", "failures:", "==== FAILURES ====", "==== end ====",
     "____ t ____", "  ● a", "Traceback (most", "\tat b", "E   c", "a.py:7: E", "  1) d"]
)  # fmt: skip


@given(st.lists(LINES, max_size=60))
def test_blocks_stand_in_order_and_never_overlap(lines: list[str]) -> None:
    last = -1
    for block in blocks("\n".join(lines)):
        assert last < block.first <= block.last < len(lines)
        assert all(block.first <= at <= block.last for at in block.quiet)
        last = block.last

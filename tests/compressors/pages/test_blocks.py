from __future__ import annotations

from headroom.compressors.pages.blocks import Block, Written, joined


def test_items_terms_and_rows_stand_below_one_another_and_all_else_apart() -> None:
    blocks = [
        Block("# A", "heading"),
        Block("- b", "item"),
        Block("- c", "item"),
        Block("| d |", "row"),
        Block("| e |", "row"),
        Block("f"),
        Block("g"),
    ]

    assert joined(blocks) == "# A\n\n- b\n- c\n\n| d |\n| e |\n\nf\n\ng"


def test_what_leaves_is_counted_by_what_it_is() -> None:
    written = Written()

    written.leave("script")
    written.leave("script", 2)
    written.leave("footer", 7)

    assert written.gone == {"script": 3, "footer": 7}

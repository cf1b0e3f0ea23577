from __future__ import annotations

from headroom.replay.dialects.openai_shapes import arguments_text, with_picture_named


def test_only_a_picture_in_its_own_address_is_named() -> None:
    inside = {"type": "input_image", "image_url": "data:image/png;base64,AAAA"}
    nested = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    elsewhere = {"type": "input_image", "image_url": "https://example.com/a.png"}

    assert with_picture_named(inside, lambda _: "P")["image_url"] == "P"
    assert with_picture_named(nested, lambda _: "P")["image_url"] == "P"
    assert with_picture_named(elsewhere, lambda _: "P") is elsewhere


def test_arguments_are_written_as_text() -> None:
    assert arguments_text({"bed": "grün"}) == '{"bed": "grün"}'
    assert arguments_text("*** Begin Patch") == "*** Begin Patch"

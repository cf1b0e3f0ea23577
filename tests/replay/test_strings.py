from __future__ import annotations

from headroom.replay.strings import argument_strings, strings, told


def test_strings_come_in_reading_order() -> None:
    assert list(strings({"a": ["one", {"b": "two"}], "c": "three"})) == ["one", "two", "three"]


def test_arguments_are_read_whether_json_text_or_not() -> None:
    assert list(argument_strings('{"a": "one", "b": ["two", 3]}')) == ["one", "two"]
    assert list(argument_strings({"a": {"b": "deep"}})) == ["deep"]
    assert list(argument_strings("*** Begin Patch")) == ["*** Begin Patch"]


def test_of_parts_that_a_tool_gave_only_texts_are_told() -> None:
    picture = {"type": "image", "source": {"data": "AAAA"}}

    assert told([{"type": "text", "text": "seen"}, picture, "bare"]).split() == ["seen", "bare"]
    assert told({"output": "seen", "code": 1}) == "seen"
    assert told(None) == ""

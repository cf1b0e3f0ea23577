"""Names for calls, and words of clients."""

from __future__ import annotations

from headroom.proxy.labels import MOST_TAGS, label, new_id, tags_of


def test_each_call_has_a_name_of_its_own() -> None:
    names = {new_id() for _ in range(100)}

    assert len(names) == 100
    assert all(name.startswith("hr_") for name in names)


def test_S4_a_label_is_short_printable_and_one_word_of_a_list() -> None:
    assert label("gpt-4o") == "gpt-4o"
    assert label("a\r\nb,c\x00é") == "a??b?c??"
    assert label("x" * 500) == "x" * 64


def test_S3_what_a_client_calls_its_request_is_kept_but_nothing_that_opens_or_decides() -> None:
    headers = [
        (b"x-headroom-project", b"website"),
        (b"x-headroom-user-id", b"a,\nb" + b"x" * 99),
        (b"x-headroom-api-key", b"canary"),
        (b"x-headroom-session-token", b"canary"),
        (b"x-headroom-base-url", b"https://canary.example"),
        (b"x-headroom-mode", b"passthrough"),
        (b"authorization", b"Bearer canary"),
    ]

    assert tags_of(headers) == (("project", "website"), ("user-id", "a??b" + "x" * 60))
    assert len(tags_of([(b"x-headroom-%d" % number, b"v") for number in range(50)])) == MOST_TAGS

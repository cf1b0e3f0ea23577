"""Which process tells metrics and traces."""

from __future__ import annotations

from headroom.observe.otel.about import about, whole


def test_what_the_operator_adds_counts_but_never_for_the_name_of_the_process() -> None:
    more = "team=a%20b, service.name=other ,service.instance.id=theirs"

    whose = about("ours", more, version="1.2", instance="one")

    assert whose == {
        "service.name": "other",
        "service.version": "1.2",
        "team": "a b",
        "service.instance.id": "one",
    }


def test_half_a_character_does_not_stop_an_export() -> None:
    assert whole("a\ud800b é") == "a?b é"
    assert about("o\udcffs", "", version="1", instance="one")["service.name"] == "o?s"

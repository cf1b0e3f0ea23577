from __future__ import annotations

import pytest

from headroom.compressors.pages.parts import kind_of_part


@pytest.mark.parametrize(
    ("tag", "attributes", "part"),
    [
        ("nav", {}, "navigation"),
        ("footer", {}, "footer"),
        ("div", {"role": "navigation"}, "navigation"),
        ("div", {"role": "search"}, "search form"),
        ("div", {"class": "page cookie-banner"}, "cookie notice"),
        ("div", {"id": "siteFooter"}, "footer"),
        ("aside", {"class": "related"}, "related links"),
        ("span", {"class": "sr-only"}, "hidden part"),
        ("div", {"hidden": ""}, "hidden part"),
        ("div", {"aria-hidden": "true"}, "hidden part"),
        ("div", {"style": "color: red; display: NONE"}, "hidden part"),
    ],
)
def test_boilerplate_is_known_by_tag_role_and_name(
    tag: str, attributes: dict[str, str], part: str
) -> None:
    assert kind_of_part(tag, attributes) == part


@pytest.mark.parametrize(
    ("tag", "attributes"),
    [
        ("div", {"class": "content"}),
        ("div", {"class": "address padding navigator"}),
        ("main", {"class": "sidebar"}),
        ("body", {"class": "has-sidebar"}),
        ("pre", {"hidden": ""}),
        ("div", {"aria-hidden": "false"}),
    ],
)
def test_content_is_not_taken_for_it(tag: str, attributes: dict[str, str]) -> None:
    assert not kind_of_part(tag, attributes)

from __future__ import annotations

import pytest

from headroom.compressors.pages.links import address_of, is_permalink
from headroom.compressors.pages.tree import Element


@pytest.mark.parametrize("address", ["", " ", "#", "#top", "javascript:void(0)", "JavaScript:x()"])
def test_an_address_that_leads_nowhere_is_none(address: str) -> None:
    assert not address_of(Element("a", {"href": address}), "href")


def test_an_address_is_one_word() -> None:
    assert address_of(Element("a", {"href": " /a\n  b "}), "href") == "/ab"


def test_the_first_attribute_that_leads_somewhere_counts() -> None:
    picture = Element("img", {"src": "#", "data-src": "/a.png"})

    assert address_of(picture, "src", "data-src") == "/a.png"


def test_a_very_long_address_is_named_with_its_length() -> None:
    image = Element("img", {"src": "data:image/png;base64," + "A" * 5_000})

    assert address_of(image, "src") == (
        "data:image/png;base64," + "A" * 58 + "[… 4,942 characters left out]"
    )


def test_the_sign_beside_a_heading_is_no_link() -> None:
    assert is_permalink(Element("a", {"href": "#orders"}), "¶")
    assert not is_permalink(Element("a", {"href": "/orders"}), "¶")
    assert not is_permalink(Element("a", {"href": "#orders"}), "Orders")

from __future__ import annotations

import pytest

from headroom.proxy.described import JSON, Described, Parameter, Reply
from headroom.proxy.openapi import document, endpoints
from headroom.proxy.page import Page
from headroom.proxy.pages import BELOW, PAGES, all_endpoints, health
from headroom.proxy.pages.absent import absent
from headroom.proxy.schema import COUNT, TEXT, listed, record

THING = record("Thing", name=TEXT)
ASKED = Described(
    "A thing",
    THING,
    "Of yours.",
    below="{name}",
    parameters=(Parameter("name", "Its name.", where="path"), Parameter("n", "How many.", COUNT)),
    replies={404: Reply("There is none.", {JSON: listed(THING)})},
)
BROUGHT = Described("Bring one", THING, takes=THING, method="post")


def test_each_page_of_ours_is_described() -> None:
    pages = {**PAGES, **BELOW}

    assert [name for name, one in pages.items() if not one.described] == [
        name for name, one in pages.items() if one.answer is absent
    ]


def test_what_stands_with_a_page_becomes_an_operation() -> None:
    page = Page(health.livez, level="caller", described=(ASKED,))

    told = document(endpoints({"/things/": page}), needs_token=False)

    operation = told["paths"]["/things/{name}"]["get"]
    assert operation["operationId"] == "get_things_name"
    assert operation["summary"] == "A thing"
    assert operation["security"] == [{}, {"header": []}, {"bearer": []}]
    assert [(one["in"], one["required"]) for one in operation["parameters"]] == [
        ("path", True),
        ("query", False),
    ]
    assert list(operation["responses"]) == ["200", "400", "401", "403", "404", "421", "503"]
    assert told["components"]["schemas"]["Thing"] == THING


def test_a_body_and_what_may_be_wrong_with_it_is_told() -> None:
    page = Page(
        health.livez, ("POST",), "caller", takes_json=True, is_limited=True, described=(BROUGHT,)
    )

    told = document(endpoints({"/things": page}), needs_token=True)

    operation = told["paths"]["/things"]["post"]
    schema = {"$ref": "#/components/schemas/Thing"}
    assert operation["requestBody"] == {"required": True, "content": {JSON: {"schema": schema}}}
    assert {"413", "415", "429"} <= set(operation["responses"])
    assert operation["security"] == [{"header": []}, {"bearer": []}]


def test_what_is_open_needs_no_token_even_where_others_do() -> None:
    told = document(all_endpoints(), needs_token=True)

    assert told["paths"]["/livez"]["get"]["security"] == []
    assert "401" not in told["paths"]["/livez"]["get"]["responses"]
    assert {} not in told["paths"]["/stats"]["get"]["security"]


def test_operations_have_names_of_their_own() -> None:
    told = document(all_endpoints(), needs_token=False)

    names = [one["operationId"] for methods in told["paths"].values() for one in methods.values()]
    assert len(names) == len(set(names)) == len(all_endpoints())


def test_two_shapes_of_one_name_are_told() -> None:
    other = Described("Another", record("Thing", size=COUNT))
    page = Page(health.livez, described=(ASKED, other))

    with pytest.raises(ValueError, match="two schemas are named Thing"):
        document(endpoints({"/things/": page}), needs_token=False)

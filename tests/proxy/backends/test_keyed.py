"""Places that speak the dialects themselves; what they take is tried in tests/contracts."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from headroom.errors import NotServed, SettingsError
from headroom.proxy.backends.keyed import Keyed
from headroom.settings import Settings
from tests.proxy.backends.calls import call

KEYS = {"OPENROUTER_API_KEY": "k", "AZURE_API_KEY": "k"}


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({}, "set AZURE_API_KEY and AZURE_API_BASE"),
        ({"AZURE_API_KEY": "k"}, "set AZURE_API_BASE"),
        ({"AZURE_API_KEY": "k", "AZURE_API_BASE": "no address"}, "AZURE_API_BASE: "),
        ({"AZURE_API_KEY": "k\u00e4", "AZURE_API_BASE": "https://a"}, "cannot stand in a header"),
    ],
)
def test_what_is_missing_is_said(environ: Mapping[str, str], told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        Keyed.azure(Settings(backend="azure"), environ)


@pytest.mark.parametrize(
    "address", ["https://a.openai.azure.com", "https://a.openai.azure.com/openai/v1/"]
)
def test_the_address_of_a_resource_may_be_written_in_both_ways(address: str) -> None:
    backend = Keyed.azure(Settings(backend="azure"), {**KEYS, "AZURE_API_BASE": address})

    assert backend.base(call(path=b"/v1/responses")) == "https://a.openai.azure.com/openai/v1"


def test_openrouter_has_an_address_of_its_own() -> None:
    backend = Keyed.openrouter(Settings(backend="openrouter"), KEYS)

    assert backend.base(call(path=b"/v1/messages")) == "https://openrouter.ai/api/v1"


def test_azure_does_not_take_messages() -> None:
    backend = Keyed.azure(Settings(), {**KEYS, "AZURE_API_BASE": "https://a"})

    with pytest.raises(NotServed, match="POST /v1/chat/completions"):
        backend.check(call(path=b"/v1/messages"))

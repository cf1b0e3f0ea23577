from __future__ import annotations

import importlib

import pytest

from headroom.errors import HeadroomError, SettingsError
from headroom.extras import install, needed


def test_what_to_install_names_all_extras() -> None:
    assert install("mcp", "proxy") == 'pip install "headroom-ai[mcp,proxy]"'


def test_a_missing_package_is_told_with_what_to_install() -> None:
    with pytest.raises(SettingsError) as told, needed("A store on Redis", "redis"):
        importlib.import_module("no_such_package.inside")

    assert str(told.value) == (
        "A store on Redis needs no_such_package, which is not installed: "
        'pip install "headroom-ai[redis]"'
    )


def test_it_is_told_as_the_error_that_is_asked_for() -> None:
    with pytest.raises(HeadroomError) as told, needed("The proxy", "proxy", error=HeadroomError):
        importlib.import_module("no_such_package")

    assert not isinstance(told.value, SettingsError)


def test_a_module_of_our_own_that_is_missing_is_told_as_it_is() -> None:
    with pytest.raises(ModuleNotFoundError), needed("The proxy", "proxy"):
        importlib.import_module("headroom.no_such_module")

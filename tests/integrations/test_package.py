"""Packages of others: found when they are needed, and told when they are missing."""

from __future__ import annotations

import json

import pytest

from headroom.integrations import INTEGRATIONS
from headroom.integrations.package import package
from tests.cli.running import loaded_by, run


def test_a_package_that_is_there_is_given() -> None:
    assert package("json.decoder", install="json") is json.decoder


def test_one_that_is_missing_says_what_to_install() -> None:
    with pytest.raises(
        ImportError, match=r"^nobody is not installed: pip install --upgrade nobody-sdk$"
    ):
        package("nobody.client", install="nobody-sdk")


def test_a_package_that_lacks_something_itself_is_told_as_it_is(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("packages")
    (folder / "half_of_it.py").write_text("import the_other_half")
    monkeypatch.syspath_prepend(folder)

    with pytest.raises(ModuleNotFoundError, match="the_other_half"):
        package("half_of_it", install="half-of-it")


@pytest.mark.parametrize("name", INTEGRATIONS)
def test_no_integration_imports_its_package_before_it_is_used(name: str) -> None:
    packages = ("openai", "anthropic", "langchain_core", "litellm", "starlette", "httpx", "anyio")

    assert loaded_by(f"headroom.integrations.{name}", packages) == []


@pytest.mark.parametrize(
    ("name", "code", "installed"),
    [
        ("openai", "with_headroom(None)", "openai"),
        ("anthropic", "with_headroom(None)", "anthropic"),
        ("langchain", "with_headroom(None)", "langchain-core"),
        ("litellm", "new_callback()", "litellm"),
    ],
)
def test_each_says_so_where_its_package_is_missing(name: str, code: str, installed: str) -> None:
    top = installed.replace("-", "_")
    hidden = f"import sys; sys.modules[{top!r}] = None"

    done = run(code=f"{hidden}\nimport headroom.integrations.{name} as one\none.{code}")

    [said] = done.stderr.splitlines()[-1:]
    assert said.startswith(f"ImportError: {top}")
    assert said.endswith(f" is not installed: pip install --upgrade {installed}")

"""What is shipped, and on what it stands."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from headroom import __version__

ROOT = Path(__file__).resolve().parent.parent.parent

LOCKS = ("requirements.lock", "requirements-dev.lock")


def project() -> dict[str, Any]:
    """pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def direct() -> dict[str, Requirement]:
    """What the library and the proxy ask for, by name."""
    table = project()["project"]
    texts = [*table["dependencies"], *table["optional-dependencies"]["proxy"]]
    return {canonicalize_name(found.name): found for found in map(Requirement, texts)}


def development() -> dict[str, Requirement]:
    """What developing asks for, by name."""
    texts = [text for text in project()["dependency-groups"]["dev"] if isinstance(text, str)]
    return {canonicalize_name(found.name): found for found in map(Requirement, texts)}


def locked(lock: str) -> dict[str, Version]:
    """The versions of a lock file, by name."""
    lines = (ROOT / lock).read_text("utf-8").splitlines()
    pins = (re.match(r"([A-Za-z0-9._-]+)==([^ ;\\]+)", line) for line in lines)
    return {canonicalize_name(pin[1]): Version(pin[2]) for pin in pins if pin}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel as it would be published."""
    folder = tmp_path_factory.mktemp("wheel")
    code = "import sys; from hatchling.build import build_wheel; build_wheel(sys.argv[1])"
    subprocess.run([sys.executable, "-c", code, str(folder)], cwd=ROOT, check=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def names(wheel: Path) -> list[str]:
    """The files in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


@pytest.fixture(scope="module")
def metadata(wheel: Path, names: list[str]) -> Message:
    """The wheel's metadata."""
    (name,) = (name for name in names if name.endswith(".dist-info/METADATA"))
    with zipfile.ZipFile(wheel) as archive:
        return Parser().parsestr(archive.read(name).decode())


def test_P2_the_wheel_brings_nothing_that_runs_when_python_starts(names: list[str]) -> None:
    assert not [name for name in names if name.endswith(".pth") or "/" not in name]


def test_the_wheel_brings_every_file_of_the_package(names: list[str]) -> None:
    package = ROOT / "src"
    files = (path for path in (package / "headroom").rglob("*") if path.is_file())
    wanted = {str(path.relative_to(package)) for path in files if "__pycache__" not in path.parts}

    assert wanted == {name for name in names if name.startswith("headroom/")}
    assert "headroom/py.typed" in wanted
    assert [name for name in wanted if name.endswith(".zlib")]


def test_the_wheel_says_what_it_is(metadata: Message, names: list[str]) -> None:
    assert metadata["Name"] == "headroom-ai"
    assert metadata["Version"] == __version__
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata.get_all("Provides-Extra") == [
        *(
            "anyllm",
            "bedrock",
            "continue",
            "html",
            "litellm",
            "mcp",
            "ml",
            "otel",
            "proxy",
            "redis",
        ),
        "vertex",
    ]
    assert [name for name in names if name.endswith("/licenses/LICENSE")]


@pytest.mark.parametrize("requirement", [*direct().values(), *development().values()], ids=str)
def test_every_dependency_is_bounded_on_both_sides(requirement: Requirement) -> None:
    operators = sorted(bound.operator for bound in requirement.specifier)

    assert operators == ["<", ">="]


@pytest.mark.parametrize("lock", LOCKS)
def test_the_locks_hold_what_is_asked_for(lock: str) -> None:
    found = locked(lock)

    for name, requirement in direct().items():
        assert requirement.specifier.contains(found[name]), name


def test_the_development_lock_holds_what_developing_asks_for() -> None:
    found = locked("requirements-dev.lock")

    for name, requirement in development().items():
        assert requirement.specifier.contains(found[name]), name


def test_both_locks_agree() -> None:
    run, develop = (locked(lock) for lock in LOCKS)

    assert run.items() <= develop.items()


@pytest.mark.parametrize(
    "lock", [*LOCKS, "tests/gateways/requirements.lock", "tests/release/requirements.lock"]
)
def test_the_locks_pin_by_hash_and_name_no_place(lock: str) -> None:
    text = (ROOT / lock).read_text("utf-8")

    assert "://" not in text
    assert "--index" not in text
    assert "--find-links" not in text
    assert re.search(r"(^|\s)/\w", text) is None
    for block in re.split(r"\n(?=\S)", text.strip()):
        assert "--hash=sha256:" in block


def test_P1_the_library_and_the_proxy_stand_on_about_fifteen_parts() -> None:
    # tree-sitter and its grammars are one part.
    parts = {"tree-sitter" if name.startswith("tree-sitter-") else name for name in direct()}

    assert len(parts) <= 16


def test_P3_httptools_is_new_enough_to_refuse_smuggled_framings() -> None:
    specifier = direct()["httptools"].specifier

    assert not specifier.contains("0.8.99")
    for lock in LOCKS:
        assert locked(lock)["httptools"] >= Version("0.9")


def test_P3_uvicorn_is_new_enough_and_still_brings_the_worker_for_gunicorn() -> None:
    specifier = direct()["uvicorn"].specifier

    assert not specifier.contains("0.53.99")
    # Each new minor is tried on purpose: one of them drops uvicorn.workers.
    assert not specifier.contains("0.55.0")
    code = (
        "import warnings; warnings.simplefilter('ignore');from uvicorn.workers import UvicornWorker"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_P3_gunicorn_is_new_enough() -> None:
    assert not development()["gunicorn"].specifier.contains("22.0.0")
    assert locked("requirements-dev.lock")["gunicorn"] >= Version("23")


def test_the_changelog_knows_the_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)

    assert headings[0] == "Unreleased" or headings[0].startswith(__version__)

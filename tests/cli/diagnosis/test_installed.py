"""Which agents a shell finds, and their versions."""

from __future__ import annotations

import time
from pathlib import Path

from headroom.cli.diagnosis.installed import installed
from headroom.cli.launch.agent import Agent, only


def agent(command: str, package: str = "") -> Agent:
    return Agent(command, command.title(), "", only(), command=command, package=package)


AGENTS = (agent("one"), agent("two"), agent("no-such"))


def program(folder: Path, name: str, script: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    return file


def test_what_is_written_down_needs_no_asking(tmp_path: Path) -> None:
    package = tmp_path / "lib" / "node_modules" / "@x" / "one"
    real = program(package / "bin", "cli.js", "touch asked; echo 9.9.9")
    (package / "package.json").write_text('{"version": "2.1.181"}')
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "one").symlink_to(real)
    native = program(tmp_path / "share" / "versions" / "1.0.7", "two", "exit 1")
    (tmp_path / "bin" / "two").symlink_to(native)

    found = installed({"PATH": str(tmp_path / "bin")}, AGENTS)

    assert [(one.agent.name, one.version) for one in found] == [
        ("one", "2.1.181"),
        ("two", "1.0.7"),
    ]
    assert not (tmp_path / "asked").exists()


def test_others_are_asked_and_one_that_hangs_is_left(tmp_path: Path) -> None:
    program(tmp_path, "one", "echo 'one version v3.2.1 (build 7)'")
    program(tmp_path, "two", "exec sleep 30")
    began = time.monotonic()

    found = installed({"PATH": f"{tmp_path}:/usr/bin:/bin"}, AGENTS, patience_s=0.5)

    assert [one.version for one in found] == ["3.2.1", ""]
    assert time.monotonic() - began < 5.0


def test_a_python_program_is_known_by_its_package(tmp_path: Path) -> None:
    program(tmp_path / "bin", "aider", "exit 1")
    (tmp_path / "lib/python3.11/site-packages/aider_chat-0.86.1.dist-info").mkdir(parents=True)

    found = installed({"PATH": str(tmp_path / "bin")}, [agent("aider", "aider_chat")])

    assert [one.version for one in found] == ["0.86.1"]


def test_nothing_is_found_without_a_path() -> None:
    assert installed({}, AGENTS) == ()

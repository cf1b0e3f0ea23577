"""P5: how a release is made, as far as that can be told without making one."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]  # its stubs are a package more

from tests.project.test_packaging import ROOT, locked

FILE = ROOT / ".github" / "workflows" / "release.yml"
TEXT = FILE.read_text("utf-8")
JOBS: dict[str, Any] = yaml.safe_load(TEXT)["jobs"]
PYTHON = ROOT / ".venv-release" / "bin" / "python"


def test_P5_each_action_is_pinned_by_commit_with_its_version_beside() -> None:
    uses = re.findall(r"uses: (.*)$", TEXT, re.MULTILINE)

    assert len(uses) >= 6
    for one in uses:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+", one), one


def test_P5_it_is_published_without_a_secret_and_with_provenance() -> None:
    publish = JOBS["publish"]

    assert "secrets." not in TEXT
    assert "password" not in TEXT
    assert publish["environment"] == "release"
    assert publish["permissions"] == {"id-token": "write"}
    (step,) = [one for one in publish["steps"] if "pypi-publish" in one["uses"]]
    assert step["with"]["attestations"] is True


def test_P5_each_job_may_do_what_it_does_and_no_more() -> None:
    permissions = {name: job["permissions"] for name, job in JOBS.items()}

    assert yaml.safe_load(TEXT)["permissions"] == {}
    assert permissions["check"] == {"contents": "read"}
    assert [name for name, one in permissions.items() if one.get("contents") == "write"] == [
        "announce"
    ]
    assert (JOBS["build"]["needs"], JOBS["publish"]["needs"]) == ("check", "build")
    for job in JOBS.values():
        for step in job["steps"]:
            if "checkout" in step.get("uses", ""):
                assert step["with"]["persist-credentials"] is False


def test_P5_the_bill_of_materials_is_attested_and_attached() -> None:
    bill = "build/headroom-ai.cdx.json"
    (attest,) = [one for one in JOBS["build"]["steps"] if "attest" in one.get("uses", "")]

    assert bill in attest["with"]["subject-path"]
    assert bill in (ROOT / "Makefile").read_text("utf-8")
    assert JOBS["announce"]["steps"][0]["with"]["merge-multiple"] is True


def test_P5_the_bill_of_materials_names_all_that_the_lock_holds(tmp_path: Path) -> None:
    command = re.search(
        r"-m (cyclonedx_py.*?)\n\t@ls", (ROOT / "Makefile").read_text("utf-8"), re.DOTALL
    )
    assert command is not None
    words = command[1].replace("\\\n", " ").split()
    words[words.index("--output-file") + 1] = str(tmp_path / "bill.json")
    subprocess.run(
        [str(PYTHON), "-W", "ignore", "-m", *words],
        cwd=ROOT, check=True, env={**os.environ, "PYTHONPATH": ""},
    )  # fmt: skip
    bill = json.loads((tmp_path / "bill.json").read_text("utf-8"))

    named = {one["name"]: one["version"] for one in bill["components"]}
    assert bill["metadata"]["component"]["name"] == "headroom-ai"
    assert named == {name: str(version) for name, version in locked("requirements.lock").items()}
    for one in bill["components"]:
        hashes = [each for place in one["externalReferences"] for each in place["hashes"]]
        assert hashes, one["name"]

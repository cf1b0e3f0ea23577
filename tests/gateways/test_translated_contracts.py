"""The contract of all backends (`tests/contracts/test_backends.py`), where the libraries are."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from tests.cli.running import ROOT, environment
from tests.contracts.translated import TRANSLATED
from tests.gateways.environment import PYTHON, VARIABLES, needed

pytestmark = needed

CONTRACT = ROOT / "tests" / "contracts" / "test_backends.py"
# What the libraries say about themselves, as warnings, is no failure of ours.
OPTIONS = ("-q", "-p", "no:cacheprovider", "-o", "filterwarnings=default", "--disable-warnings")


def test_what_holds_behind_every_backend_holds_behind_those_that_translate(tmp_path: Path) -> None:
    path = os.pathsep.join((str(ROOT / "src"), str(ROOT)))
    command = (PYTHON, "-m", "pytest", *OPTIONS, f"--basetemp={tmp_path / 'tried'}", CONTRACT)

    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment({**VARIABLES, "PYTHONPATH": path}),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-20_000:]
    [passed] = re.findall(r"(\d+) passed", done.stdout)
    assert int(passed) > 15 * len(TRANSLATED)

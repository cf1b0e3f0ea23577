"""Questions as lines of JSON, and one line of JSON for each answer."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any


def answer_all(answer: Callable[[Any], Any]) -> None:
    """Answer each line of the input until it ends; what was raised is an answer too."""
    for line in sys.stdin:
        try:
            told = answer(json.loads(line))
        except Exception as error:  # noqa: BLE001  (whoever asked is told)
            told = {"raised": f"{type(error).__name__}: {error}"}
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()

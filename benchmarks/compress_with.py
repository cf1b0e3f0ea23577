"""Runs in another installation of `headroom`: messages in, one JSON line each, compressed out.

It imports nothing of this repository, so that it can be given to any interpreter.
"""

from __future__ import annotations

import json
import sys


def main() -> None:
    from headroom import compress  # noqa: PLC0415 - whichever is installed there

    answers = sys.stdout
    sys.stdout = sys.stderr
    for line in sys.stdin:
        asked = json.loads(line)
        answer: dict[str, object]
        try:
            answer = {"messages": compress(asked["messages"], model=asked["model"]).messages}
        except Exception as error:  # noqa: BLE001 - a stranger's; one failure is one row
            answer = {"error": f"{type(error).__name__}: {error}"[:200]}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()

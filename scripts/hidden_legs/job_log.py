"""What the client's tool printed in all examples, and what our tool is asked for in it."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from headroom.compressors.excerpt import line_range
from headroom.marker import key_of

JOBS = 90
FAILED = 48
STEPS = ("fetch", "unpack", "resize")

QUESTION = "Why did the nightly run fail?"
COMMAND = {"command": "nightly --last --json"}
"""What the client's tool ran."""

NEXT_COMMAND = {"command": "du -sm /var/cache/*"}
NEXT_PRINTED = "9200 /var/cache/unpack"


def row(job: int) -> dict[str, object]:
    """One line of the log: job 46 fills the disk, and what job 48 leaves behind is cleared."""
    free = {46: 290, 47: 117, FAILED: 0}.get(job, 9_800 - job % FAILED * 121)
    step, ms = STEPS[job % 3], 2_000 + job * 7_907 % 991
    state = "failed: no space left" if job == FAILED else "done"
    return {"job": job, "step": step, "ms": ms, "free_mb": free, "state": state}


PRINTED = "\n".join(msgspec.json.encode(row(job)).decode() for job in range(1, JOBS + 1))

ARGUMENTS = {"hash": key_of(PRINTED), "lines": "45-46"}
"""With what the model calls our tool."""

CALLING = msgspec.json.encode(ARGUMENTS).decode()


def answer(arguments: Mapping[str, str]) -> str:
    """What our tool shows of the log."""
    return str(line_range(PRINTED, arguments["lines"]))

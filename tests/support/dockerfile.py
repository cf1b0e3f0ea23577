"""A Dockerfile, step by step, where there is no container engine.

What an engine does is done with the same means of the kernel: a mount namespace, an overlay that
takes what is written, another root.  For the image that it begins from stands this machine, with
the Python of the tests at /usr/local, as in Python's own images.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

TRYING = """
d=$(mktemp -d); mount -t tmpfs t $d; mkdir $d/upper $d/work $d/root
mount -t overlay o -o lowerdir=/,upperdir=$d/upper,workdir=$d/work $d/root
"""


@dataclass
class Stage:
    """One stage: what is done, in its order, and what it leaves to whoever runs it."""

    image: str
    name: str = ""
    steps: list[tuple[str, str]] = field(default_factory=list)

    def said(self, instruction: str) -> list[str]:
        """What is said with this instruction, each time."""
        return [rest for name, rest in self.steps if name == instruction]

    def command(self, instruction: str) -> list[str]:
        """The words of a CMD, or of a HEALTHCHECK, in their JSON form."""
        found: list[str] = json.loads(re.findall(r"\[.*\]$", self.said(instruction)[-1])[0])
        return found

    @property
    def variables(self) -> dict[str, str]:
        """What ENV sets."""
        pairs = (each.partition("=") for said in self.said("ENV") for each in shlex.split(said))
        return {name: value for name, _, value in pairs}


def read(text: str) -> list[Stage]:
    """The stages of a Dockerfile."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    stages: list[Stage] = []
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        name, rest = line.strip().split(None, 1)
        if name == "FROM":
            image, _, stage = rest.partition(" AS ")
            stages.append(Stage(image, stage))
        else:
            stages[-1].steps.append((name, " ".join(rest.split())))
    return stages


def can_replay() -> bool:
    """Whether a step can be done here: by root, with overlays."""
    if os.geteuid() != 0 or shutil.which("unshare") is None or shutil.which("ip") is None:
        return False
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-ec", TRYING], check=False, capture_output=True
    )
    return done.returncode == 0


def build_script(stages: list[Stage], context: Path, place: str) -> str:
    """A shell script that does all steps; the last stage's root is then at *place*/last."""
    lines = ["set -eu", f"mount -t tmpfs -o mode=0755 tmpfs {place}"]
    for number, stage in enumerate(stages):
        root = f"{place}/{stage.name or 'last'}"
        layers = f"{place}/layers{number}"
        places = f"lowerdir=/,upperdir={layers}/upper,workdir={layers}/work"
        lines += [
            f"mkdir -p {root} {layers}/upper {layers}/work",
            f"mount -t overlay overlay -o {places} {root}",
            f"mount --bind {sys.base_prefix} {root}/usr/local",
            f"mount --bind /dev {root}/dev; mount -t proc proc {root}/proc",
        ]
        lines += _steps(stage, root, context, place)
    return "\n".join(lines)


def _steps(stage: Stage, root: str, context: Path, place: str) -> list[str]:
    folder, variables, lines = "/", {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin"}, []
    for name, rest in stage.steps:
        if name == "WORKDIR":
            folder = rest
            lines.append(f"mkdir -p {root}{folder}")
        elif name == "ENV":
            variables |= dict(each.split("=", 1) for each in shlex.split(rest))
        elif name == "RUN":
            lines.append(_inside(root, folder, variables, rest))
        elif name == "COPY":
            lines.append(_copy(rest, f"{root}{folder}", root, context, place))
    return lines


def _inside(root: str, folder: str, variables: dict[str, str], command: str) -> str:
    told = " ".join(f"{name}={shlex.quote(value)}" for name, value in variables.items())
    step = f"cd {folder} && {command}"
    return f"env -u PYTHONPATH -u VIRTUAL_ENV {told} chroot {root} /bin/sh -ec {shlex.quote(step)}"


def _copy(words: str, folder: str, root: str, context: Path, place: str) -> str:
    *sources, target = words.split()
    base = str(context)
    if sources[0].startswith("--from="):
        base = f"{place}/{sources.pop(0).removeprefix('--from=')}"
    at = f"{root}{target}" if target.startswith("/") else f"{folder}/{target}"
    if len(sources) == 1 and not target.endswith("/"):
        # A folder's content, as COPY has it.
        return f"mkdir -p {at} && cp -r {base}/{sources[0].lstrip('/')}/. {at}"
    return f"mkdir -p {at} && cp -r {' '.join(f'{base}/{one}' for one in sources)} {at}"

"""What one line of a run tells: an outcome, a step, an error, or only that it goes on."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal, NamedTuple

from headroom.compressors.logs.line_tree import masked, wording
from headroom.compressors.logs.severity import BAD, fails, level_of
from headroom.compressors.logs.stamps import may_have_stamps, stamp_in

Telling = Literal["error", "outcome", "warning", "step", "passed", "progress", ""]
GOES_ON = frozenset({"passed", "progress"})
"""What leaves first: it is counted at the end, or says nothing."""

_COUNTED = (
    "passed|failed|failing|passing|pending|skipped|errors?|warnings?|failures?|problems?"
    "|vulnerabilit(?:y|ies)|tests?|tasks?|actionable|assertions|examples|suites|issues?"
    "|newly|upgraded|deselected|xfailed"
)
# The line that says how it ended, as pytest, jest, go, cargo, make, gradle, maven, npm, pip,
# apt, docker, mypy, ruff, eslint and tsc print it: how it begins, and what is in it.
_OUTCOMES = (
    r"=+ .{0,100}(?:short test summary|no tests ran|test session starts)|<returncode>",
    r"(?:Test Suites|Tests|Snapshots|Test Files|Suites|Time|Duration):? +\d|Ran \d+ tests?",
    r"(?:ok|FAIL|---|\?) *\t|(?:PASS|FAIL|OK|FAILED)(?: \(.{1,80}\))?$|test result: ",
    r"(?:Successfully|Finished|Completed|Compiled|Built|Installed|Total time) \S",
    r"added \d+ package|up to date|[Ff]ound \d|[✖✔] \d|make(?:\[\d+\])?: \*\*\*",
    r"(?:error|warning): (?:aborting|could not compile|.{1,60} generated \d)",
    r"(?:real|user|sys)\t|Killed$|Terminated$",
)
_COUNT_WITHIN = re.compile(rf"\d (?:{_COUNTED})\b")
_OUTCOME_WITHIN = re.compile(
    r"[Cc]ompiled (?:success|with)"
    r"|[Bb](?:UILD|uild) (?:SUCCESS|FAIL|success|fail|complete|stopped)"
    r"|exit(?:ed)?(?: with)?(?: code| status)?:? [1-9]\d{0,2}\b"
)
_STEPS = (
    r"#\d+ \[[^\]]{1,80}\]|Step \d+/\d+ : |> Task |\$ \S|\+ \S|> \S+@\S+ |> \S+ \S+$"
    r"|\[INFO\] --- |##\[(?:group|section)\]|RUN\b|(?:=|-|#|\*){3,} ?\S"
)
_PASSED = r"\s{0,40}--- PASS|PASS\b|ok \d|\s{0,40}[✓✔√] |test .{1,200} \.\.\. ok$"
# What only says that it goes on: how it begins, and what is in it.
_DOINGS = (
    r"Download|Collecting|Fetch|Using cached|Requirement already|Unpacking|Preparing|Extracting",
    r"Selecting previously|Setting up|Pulling|Waiting|Verifying|Pull complete|Already exists",
    r"Resolving|Reading|Building dependency|Compiling|Checking|Fresh|Linking|Generating|[Cc]opying",
    r"creating|[Aa]dding|CC |LD |AR |CXX |Get:\d|Hit:\d|Ign:\d|checking |remote: \w+ing",
    r"npm (?:http|timing|notice|verb|sill)|=== (?:RUN|PAUSE|CONT)|Receiving \w+:|[⠁-⣿] ",
    r"make(?:\[\d+\])?: (?:Entering|Leaving|Nothing)",
    r"#\d+ (?:\d+\.\d+ |sha256:|extracting|transferring|DONE|CACHED|resolve)",
)
_PROGRESS_WITHIN = re.compile(
    r"\.\.\. ?(?:ok|done|yes|no)$|\d ?[kKMG]i?B(?:/s| ?/ ?\d)|\d%(?: ?\||\]?$)"
)
_BAR_WITHIN = re.compile(r"[█░▓━─▉▊▋▌▍▎▏#=.-]{12}")
_BARS = frozenset("█░▓━─▉▊▋▌▍▎▏#=.-")
_BAR = 12
"""How many of these signs in a row are a bar of progress."""
_FAILED = (
    r"E  |(?:\w+\.){0,20}\w*(?:Error|Exception|Exit|Interrupt)\b(?::|$)|FAIL(?:ED)?\b|ERROR\b",
    r"panic:|fatal:|Traceback|npm (?:ERR!|error)|\s{0,8}[✗✕✘×●] |\s{0,8}--- FAIL",
    r"Caused by:|Segmentation fault",
    r"(?:\S{1,200}: ){0,3}(?:command not found|No such file|not found)",
)
# By that order: what is an error and looks like a step is an error.
_BEGINNING = re.compile(
    f"(?P<error>{'|'.join(_FAILED)})|(?P<outcome>{'|'.join(_OUTCOMES)})|(?P<passed>{_PASSED})"
    rf"|(?P<progress>\s{{0,40}}(?=\S)(?:{'|'.join(_DOINGS)}))|(?P<step>{_STEPS})"
)
_NO_FAILURE = re.compile(r"\b(?:0|no) (?:errors?|fail)|\b(?:errors?|failures?|failed)[:=] ?0\b")
_COLOUR = re.compile(r"\x1b\[[0-9;]{0,16}[mK]")


# What some programs put before each line: of a stage, of a container, of a step.
_LABEL = re.compile(r"\[[^\]\n]{1,40}\] |[\w.-]{1,30} {1,20}\| |#\d{1,4} \d{1,6}\.\d{1,3} ")


class Line(NamedTuple):
    """A line as it is looked at.

    *text* is without colours and without what ends it, *event* also without the time *stamp*;
    *masked* has all digits alike, and *wording* none.
    """

    text: str
    event: str
    masked: str
    wording: str
    stamp: str
    level: str
    tells: Telling


def looked_at(lines: Iterable[str]) -> list[Line]:
    """What each of *lines* is and tells."""
    all_lines = list(lines)
    texts = {line: _bare(line) for line in dict.fromkeys(all_lines)}
    has_stamps = may_have_stamps("\n".join(texts.values()))
    known = {line: _looked_at(text, has_stamps=has_stamps) for line, text in texts.items()}
    return [known[line] for line in all_lines]


def _bare(line: str) -> str:
    return (_COLOUR.sub("", line) if "\x1b" in line else line).rstrip()


def _looked_at(text: str, *, has_stamps: bool) -> Line:
    stamped = stamp_in(text) if has_stamps else None
    level = level_of(text)
    if stamped is None:
        alike = masked(text)
        return Line(text, text, alike, wording(alike), "", level, _tells(text, level))
    event = f"{text[: stamped.start()]}{text[stamped.end() :]}"
    alike = masked(event)
    tells = _tells(event.lstrip(), level)
    return Line(text, event, alike, wording(alike), stamped[0], level, tells)


def _tells(line: str, level: str) -> Telling:
    """What a line tells, which was logged with *level*."""
    if line[:1] in "[#" or "|" in line:
        label = _LABEL.match(line)
        line = line[label.end() :] if label else line
    if not line:
        return ""
    begins = _BEGINNING.match(line)
    begun = begins.lastgroup if begins is not None else None
    if level in BAD or begun == "error":
        return "error"
    if begun == "outcome" or _has_outcome(line):
        return "outcome"
    lowered = line.lower()
    if fails(lowered) and not _NO_FAILURE.search(lowered):
        return "error"
    if level == "WARN" or lowered.startswith("warning"):
        return "warning"
    return _goes_on(line, begun)


# What stands anywhere in a line is looked for only where signs that it has do: most lines are
# short and have none, and a pattern with several beginnings tries each of them at each sign.
def _has_outcome(line: str) -> bool:
    if _COUNT_WITHIN.search(line) is not None:
        return True
    may_have = "exit" in line or "ompiled " in line or "uild " in line or "UILD " in line
    return may_have and _OUTCOME_WITHIN.search(line) is not None


def _has_progress(line: str) -> bool:
    # A bar, wherever it begins, covers one of the signs that stand so far apart.
    if not _BARS.isdisjoint(line[_BAR - 1 :: _BAR]) and _BAR_WITHIN.search(line) is not None:
        return True
    may_have = "%" in line or "B/" in line or "B /" in line or "..." in line
    return may_have and _PROGRESS_WITHIN.search(line) is not None


def _goes_on(line: str, begun: str | None) -> Telling:
    if begun == "passed" or "PASSED" in line:
        return "passed"
    if begun == "progress" or _has_progress(line):
        return "progress"
    return "step" if begun == "step" else ""

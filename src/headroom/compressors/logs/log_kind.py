"""Whether a text is a log, or what a build, a test run or an installation printed.

By the command that was run, else by what its lines look like.  Source code, prose, JSON, search
results and listings are not, even where some of their lines look so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from headroom.compressors.base import Origin
from headroom.compressors.lines import glance
from headroom.compressors.logs.severity import level_of
from headroom.compressors.logs.stamps import stamp_in

LOGGED_SHARE = 0.3
RUN_SHARE = 0.12
OTHER_SHARE = 0.5
LOGGED_OBJECTS_SHARE = 0.9
FEWEST_COMMAS = 3
END_CHARACTERS = 2_048
PLACES, LINES_AT_EACH = 8, 8

# What was printed into a file is not edited, and what is shown in part may still be.
_PRINTED = re.compile(r"\.(?:out|csv|txt|html?)\b|\b(?:logs?|syslog)\b")
_LOG_FILE = re.compile(r"\.(?:log|out)\b|/logs?/|\bsyslog\b")
_FILE_SHOWN = re.compile(r"(?:^|&&|;)\s{0,9}(?:cat|bat|nl|head|tail|sed)\s[^|;&<>]{1,400}$")

# Programs and their words that build, test, install or show logs.
_PROGRAMS = (
    r"pytest|py\.test|unittest|tox|nox|pip3? (?:install|download|wheel)|uv (?:pip|sync|add|run)",
    r"poetry (?:install|add|run)|conda|mamba|mypy|ruff|flake8|pylint",
    r"jest|vitest|mocha|karma|ava|playwright|cypress|npx|tsc|eslint",
    r"(?:npm|pnpm|yarn|bun)(?: (?:i|ci|install|add|test|t|run|exec|build|audit))?",
    r"go (?:test|build|vet|run|get|install|mod)|cargo|rustc|gcc|g\+\+|clang(?:\+\+)?|javac",
    r"make|cmake|ninja|bazel|gradlew?|mvnw?|ant|sbt|msbuild",
    r"dotnet (?:build|test|restore|run|publish)|swift (?:build|test)|xcodebuild",
    r"gem install|bundle|rake|rspec|composer|phpunit|terraform|ansible-playbook",
    r"docker(?:-compose| (?:compose|build|buildx|logs|pull|push|run))|kubectl logs",
    r"journalctl|dmesg|apt(?:-get)?|apk add|yum|dnf|brew|rsync|git (?:clone|fetch|pull)",
)
# A program of one's own, by its name: `./scripts/build.sh`.
_OWN = r"(?:[\w.-]{0,40}[_.-])?(?:build|test|check|compile|install|synth|\w{0,9}lint\b)"
_RUN = re.compile(
    rf"(?:^|[\s;&|(/])(?:{'|'.join(_PROGRAMS)})(?=$|[\s;&|)\"'])"
    rf"|(?:^|(?:&&|[;|(])\s{{0,9}})(?:\S{{0,200}}/)?{_OWN}"
)
# What nothing but a build or a test run prints, near its beginning or its end.
_ENDS = re.compile(
    r"^(?:=+ test session starts|=+ .{0,80}\d (?:passed|failed|errors?)\b.{0,80} in [\d.]+s"
    r"|Test Suites: +\d|test result: (?:ok|FAILED)\. \d|--- FAIL: |npm (?:ERR!|error) "
    r"|> \S{1,100}@\d+\.\d+\S* \S+$|BUILD (?:SUCCESSFUL|FAILED) in )",
    re.MULTILINE,
)
# How lines begin that builds, tests and installations print.
_SIGNATURES = (
    # pytest, unittest, tracebacks
    r"=+ (?:test session starts|FAILURES|ERRORS|short test summary info|warnings summary) =+",
    r"=+ .{0,80}\d (?:passed|failed|errors?|skipped)\b.{0,80} in [\d.]+s",
    r"\S{1,200}::\S{1,200} (?:PASSED|FAILED|ERROR|SKIPPED)|(?:PASSED|FAILED|ERROR) \S{1,200}::",
    r"E {3,9}\S|Ran \d+ tests? in |(?:FAIL|ERROR): \w+ \(",
    r"Traceback \(most recent call last\)| {2,6}File \"[^\"]{1,300}\", line \d+",
    # pip, conda
    r"Collecting [\w.-]+| *(?:Downloading|Using cached) \S+|Requirement already satisfied",
    r"Successfully (?:installed|built|uninstalled) |Building wheels? |Installing collected",
    r"Collecting package metadata|Solving environment|Downloading and Extracting Packages",
    # jest, vitest, mocha, npm, stacks of JavaScript
    r"(?:PASS|FAIL) +\S+\.\w+$| *[✓✔√✕✗✘×] .| *● .|added \d+ packages?",
    r"(?:Test Suites|Tests|Test Files|Snapshots): +\d|npm (?:ERR!|error|warn|WARN|notice)",
    r" +at \S.{0,200}:\d+:\d+\)?$",
    # Go, Rust, Java
    r" *--- (?:FAIL|PASS|SKIP): |=== (?:RUN|PAUSE|CONT) |(?:ok|FAIL|---|\?) *\t",
    r"test result: |test \S+ \.\.\. | *(?:Compiling|Downloaded|Checking|Finished|Running) \S",
    r"(?:error|warning)(?:\[\w+\])?: | +--> \S+:\d+:\d+",
    r" +at [\w.$<>]+\(|Caused by: |\.\.\. \d+ more|Exception in thread",
    # compilers, make, gradle, maven, ant, msbuild
    r"make(?:\[\d+\])?: | *(?:\S{0,200}/)?(?:gcc|g\+\+|clang|cc|ld|ar|libtool)(?::| -)",
    r"checking (?:for|whether|if) |\[ *\d+%\] | *(?:CC|LD|CXX|AR) +\S+$",
    r"\S{1,300}(?::\d+(?::\d+)?|\(\d+(?:,\d+)?\)): .{0,9}(?:error|warning|note)\b",
    r"\S{1,300}\.\w{1,4}\(\d+(?:,\d+)?\): | {0,9}>? {0,9}\d{1,6} \| | {1,12}\| {1,200}[\^~]",
    r"> Task :|BUILD (?:SUCCESS|FAIL)| {2,12}\[[\w.-]{1,20}\](?: |$)",
    r"Build started |Done building |\s{0,80}Project \"|\s{0,80}Target \w+:",
    # docker, apt, git, bars of progress
    r"#\d+ (?:\[|\d+\.\d|DONE|CACHED|ERROR|sha256|extracting|transferring)|Step \d+/\d+ : ",
    r"(?:Get|Hit|Ign):\d+ http|Setting up \S+ \(|Unpacking |Preparing to unpack | ---> ",
    r"Selecting previously|(?:remote: )?(?:Enumerating|Counting|Compressing|Receiving) \w+: ",
    r".{0,80}(?:\d%\|?|%\]?$|[█━#=]{8,}|\d ?[kKMG]i?B/s|\d ?[KMG]i?B/\d)|.{0,3}[⠁-⣿] ",
)
_SIGNATURE = re.compile(rf"(?:\[[^\]]{{1,40}}\] )?(?:{'|'.join(_SIGNATURES)})")

_JSON = re.compile(r"\s*(?:[{}\]],?$|[{\[]\"|\"[^\"]{0,200}\": ?)")
_TAG = re.compile(r"\s*</?[A-Za-z?!][^>]{0,400}>")
_NUMBERED = re.compile(r"\s{0,8}\d{1,7}(?:\t|→|\| |:\t)")
_FOUND = re.compile(
    r"(?![^:]{1,300}: ?.{0,12}(?:error|warn))[^\s:]{1,300}(?::\d{1,7}:|-\d{1,7}-)(?!\d)"
)
_CHANGED = re.compile(r"diff --git |@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@")
_LISTED = re.compile(r"[bcdlps-](?:[r-][w-][xsStT-]){3}|[\s│]{0,80}[├└]──")
_PAGE = re.compile(r"\s{0,80}<(?:!doctype html|html)", re.IGNORECASE)
_KINDS = (_JSON, _NUMBERED, _FOUND, _LISTED, _TAG)


def is_source(origin: Origin) -> bool:
    """Whether a file was read, not a program run: what stands in it may have to be edited."""
    if origin.command:
        shown = _FILE_SHOWN.search(origin.command.rstrip())
        return shown is not None and not _PRINTED.search(shown[0])
    return bool(origin.path) and not _PRINTED.search(origin.path)


def is_table(lines: Sequence[str]) -> bool:
    """Whether these are rows of a CSV file: there the first cell is not to be cut apart."""
    said = [line for line in lines if line]
    rows = sum(line.count(",") - line.count(", ") >= FEWEST_COMMAS for line in said)
    return rows > 0 and rows * 10 >= len(said) * 9


def is_log(text: str, origin: Origin) -> bool:
    """Whether *text* is what a program told of its run, or a log that it wrote."""
    said = _sample([line for line in glance(text).split("\n") if line.strip()])
    ran = bool(_RUN.search(origin.command) or _LOG_FILE.search(origin.command))
    # A report in XML is what some tools print; a page is not.
    kinds = _KINDS[:-1] if ran and not _PAGE.match(text) else _KINDS
    if not said:
        return False
    if _is_other(said, kinds):
        return _are_logged_objects(said)
    logged = _share(said, _is_logged)
    if is_source(origin):
        return logged >= OTHER_SHARE
    if logged >= LOGGED_SHARE:
        return True
    if ran:
        return True
    if _ENDS.search(text[:END_CHARACTERS]) or _ENDS.search(text[-END_CHARACTERS:]):
        return True
    return _share(said, _is_of_a_run) >= RUN_SHARE


def _sample(lines: Sequence[str]) -> Sequence[str]:
    """A few lines from each of a few places: every so many would miss what comes in turns."""
    if len(lines) <= PLACES * LINES_AT_EACH:
        return lines
    starts = [(len(lines) - LINES_AT_EACH) * place // (PLACES - 1) for place in range(PLACES)]
    return [line for start in starts for line in lines[start : start + LINES_AT_EACH]]


def _are_logged_objects(lines: Sequence[str]) -> bool:
    """Whether each line is an object of JSON with a time or a level, as some programs log."""
    whole = all(line.startswith('{"') and line.rstrip().endswith("}") for line in lines)
    return whole and _share(lines, _is_logged) > LOGGED_OBJECTS_SHARE


def _is_logged(line: str) -> bool:
    return stamp_in(line) is not None or level_of(line) != ""


def _is_of_a_run(line: str) -> bool:
    return _SIGNATURE.match(line) is not None


def _is_other(lines: Sequence[str], kinds: Sequence[re.Pattern[str]]) -> bool:
    """Whether most lines are of a kind of their own."""
    if any(_CHANGED.match(line) for line in lines) or is_table(lines):
        return True
    return any(_share(lines, kind.match) > OTHER_SHARE for kind in kinds)


def _share(lines: Sequence[str], holds: Callable[[str], object]) -> float:
    return sum(1 for line in lines if holds(line)) / len(lines)

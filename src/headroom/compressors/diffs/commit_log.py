"""What the lines of `git log` are: commits, who and when, subjects, messages, statistics."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

Kind = Literal["commit", "head", "subject", "body", "trailer", "stat", "total", "blank", "other"]

HASH = re.compile(r"[0-9a-f]{7,40}")
_COMMIT = re.compile(r"commit [0-9a-f]{7,64}(?: [0-9a-f]{7,64}){0,8}(?: \(.{1,400}\))?$")
_HEAD = re.compile(r"(?:Author|AuthorDate|Commit|CommitDate|Date|Merge|Reflog(?: message)?): ")
# https://git-scm.com/docs/git-interpret-trailers, and what mirrors and bots add.
_TRAILER = re.compile(
    r"    (?:[A-Z][\w-]{1,40}-(?:by|By|Id|id|RevId|on|On|of|to|Id|link|Link)|Cc|Link|Fixes|Closes"
    r"|Refs|See|Bug|Change-Id|PiperOrigin-RevId|git-svn-id|Reviewed-on): ?\S"
)
_STAT = re.compile(r" \S.{0,400}? {1,300}\| {1,12}(?:[0-9]{1,9}|Bin\b)")
_TOTAL = re.compile(r" [0-9]{1,9} files? changed")
_NAMED = re.compile(r"(?:[ACDMRTUX][0-9]{0,3}\t\S|:[0-7]{6} [0-7]{6} )")
_ONE_LINE = re.compile(r"[*|\\/_ ]{0,40}([0-9a-f]{7,40})\b[ |:\t,-]{0,4}(.*)")
_GRAPH = re.compile(r"[*|\\/_ ]{1,80}$")
# Checksums and dumps of bytes have no sentences behind their hexadecimal digits, and `git blame`
# has who wrote a line, when.
_SENTENCE = re.compile(r"[^\W\d_]{2,40}[:,!?)]{0,2} \S{0,40}[^\W\d_]{2}")
_BLAMED = re.compile(r"(?:\S{1,200} {1,80})?\(.{1,200}?[0-9]{4}-[0-9]{2}-[0-9]{2}")
FEWEST_ONE_LINERS = 12

# What bots and merges say: there is nothing to know beyond the line itself.
ROUTINE = re.compile(
    r"(?i)\bbumps?\b|\bmerge (?:pull request|branch|remote|tag)\b|\brolls? \S{1,60} to\b"
    r"|\bdeps(?:-dev)?\)|\bupdate dependenc|\bautomated\b|\bpre-commit\b.{0,40}\bupdate"
)
TELLING = re.compile(
    r"(?i)\b(?:fix(?:e[sd]|ing)?|bug(?:s|fix\w{0,3})?|revert(?:s|ed|ing)?|hotfix|regress\w{0,5}"
    r"|secur\w{0,5}|cve-[0-9]{1,4}|vulnerab\w{0,8}|crash\w{0,3}|break(?:s|ing)|broken?|deprecat\w{0,4})\b"
)


def is_commit(line: str) -> bool:
    """Whether a commit begins here, as `git log` shows it."""
    return line.startswith("commit ") and _COMMIT.match(line.rstrip("\r")) is not None


def commit_kinds(lines: Sequence[str]) -> Iterator[Kind]:
    """What each line is, of a text that has commits as `git log` shows them."""
    above: Kind = "other"
    for line in lines:
        above = _kind(line, above)
        yield above


def _kind(line: str, above: Kind) -> Kind:
    if not line.strip():
        # The blank line below the head is told from others, as the subject comes next.
        return "head" if above in ("head", "commit") else "blank"
    if is_commit(line):
        return "commit"
    if above in ("commit", "head") and _HEAD.match(line):
        return "head"
    if line.startswith("    "):
        return _message_kind(line, above)
    if line.startswith(" "):
        return "stat" if _STAT.match(line) else "total" if _TOTAL.match(line) else "other"
    return "stat" if _NAMED.match(line) else "other"


def _message_kind(line: str, above: Kind) -> Kind:
    if above == "head":
        return "subject"
    return "trailer" if _TRAILER.match(line) else "body"


def one_line_commits(lines: Sequence[str]) -> list[tuple[str, str]] | None:
    """Hash and subject of each line of `git log --oneline`, both empty where a graph is drawn.

    None where these are no such lines.
    """
    found: list[tuple[str, str]] = []
    for line in lines:
        commit = _ONE_LINE.match(line)
        if commit is not None:
            found.append((commit[1], commit[2]))
        elif not line.strip() or _GRAPH.match(line.rstrip("\r\n")):
            found.append(("", ""))
        else:
            return None
    subjects = [subject for name, subject in found if name]
    said = sum(_SENTENCE.search(subject) is not None for subject in subjects)
    blamed = sum(_BLAMED.match(subject) is not None for subject in subjects)
    if len(subjects) < FEWEST_ONE_LINERS or said * 2 < len(subjects) or blamed * 2 > len(subjects):
        return None
    return found

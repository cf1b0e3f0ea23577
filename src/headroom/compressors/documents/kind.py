"""Whether a text is prose: documentation, articles, passages that were found, manuals.

Sentences are told by the small words between the large ones, which code, logs, listings and
tables lack in every language.  What stands between code fences does not count.  Files of
source code are never prose, however much they explain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from headroom.compressors.base import Origin
from headroom.compressors.documents.blocks import FENCE
from headroom.compressors.relevance import UNSPACED

LEAST_SMALL_WORDS, LEAST_IN_DOCUMENTS = 0.2, 0.08
"""Of all words, numbers and signs, so many are small words.  Sentences have a third or more, as
do passages of encyclopaedias; changelogs and tables of options in documents have a tenth; logs
and code without comments less than that (samples of each kind, 2026-11)."""
MOST_CODE = 0.12
"""Of the characters outside of fences that may be code."""
MOST_OF_PAGE = 10
"""One line in so many that can be clicked, and it is a page to work on, not to read."""
LEAST_PLAIN = 3
"""Of the characters, one in so many must stand in lines that are not indented."""
LONGEST_COMMAND = 400
LEAST_UNSPACED = 0.1
"""Of the characters, where writing has no blanks between words."""

# The commonest words without a meaning of their own in English, German, French, Spanish,
# Portuguese, Italian, Dutch, Russian and Polish.
_SMALL_WORDS = """
a all also an and any are as at be been but by can could did do does for from had has have he her
his how i if in into is it its may me more must my no not of on one only or other our should so
some such than that the their them then there these they this those through to was we were what
when where which while who will with would you your
aber als am auch auf aus bei bis das dass dem den der des die durch ein eine einem einen er es
für hat ich im ist kann man mit nach nicht noch nur oder sich sie sind um und von vor war wenn
werden wie wird wurde zu zum zur über
au aux avec ce cette comme dans de du elle en est et être il la le les leur mais ne nous on ont
ou par pas plus pour que qui sa se ses son sont sur un une vous
al con como cuando del el entre esta fue ha hasta las lo los más muy o para pero por que si sin
sobre son su sus también y ya
ao as com da das do dos e ela ele em foi isso já mas mesmo na nas no nos não ou pela pelo quando
que se sem ser seu sua são também um uma à é
alla anche che ci della di è gli ho il ma nel nella non per più sono tra una
aan dat deze die door een er haar heeft het hij hun ik je kan maar met naar niet nog of om onder
ook op te tot uit van voor waren wat worden zijn zo
а бы был была было в во вы да для до его ее если же за и из или их к как ко когда мы на не но о
он она они от по с так то только у что это я
ale co czy dla do i jak jest już lub na nie o od po przez się są to w z za że
"""
SMALL_WORDS = frozenset(_SMALL_WORDS.split())
_TOKEN = re.compile(r"[^\W\d_]{1,100}|[0-9]{1,100}|[{}()<>\[\];=|&$\\/_+*~^%@#:\"]")
_CODE_LINE = re.compile(
    r"\s*(?:(?:def|class|import|from|return|if|for|while|else|elif|try|except|const|let|var"
    r"|function|func|fn|pub|public|private|static|export|package|use|#include|struct|type)\b"
    r".{0,200}[:;{(,]|[})\]]{1,4}[;,]?|\w[\w.]{0,80} ?(?:=|\+=|:=) .{0,300})\s*$"
    r"|.{0,300}(?:;|[^.]\{|\(|\)|=>|\"\"\"|''')\s*$"
    r"|\s*(?:// |/\*|\*/|#!|#include|from \S{1,80} import |import \w)| {1,8}\*(?: |$)"
)
# Pages as browsers tell them to agents: what can be clicked is named by its number.
_PAGE = re.compile(
    r"\s{0,80}(?:[\[(]?(?:\w{1,6}[:=])?[a-z]{0,4}[0-9]{1,6}[\])]?:? )?['\"]?(?:link|button|textbox"
    r"|checkbox|combobox|generic|listitem|StaticText|img|RootWebArea|menuitem|row|gridcell)\b"
)
# JSON, XML; `[1] A title` is none of these.
_MARKUP = re.compile(r"\s{0,40}(?:[{<]|\[\s{0,40}(?:[\[{\"]|$))")
_MEMBER = re.compile(r"\s{0,80}\"[^\"\n]{1,80}\" ?: ?\S")
MOST_MEMBERS = 5
"""One line in so many that is a member of an object."""
_DIFF = re.compile(r"diff --|@@@{0,8} -[0-9]|commit [0-9a-f]{40}$")
_STAMP = re.compile(r".{0,12}[0-9]{2}:[0-9]{2}:[0-9]{2}|.{0,3}[0-9]{4}-[0-9]{2}-[0-9]{2}[ T]")

_DOCUMENT = re.compile(r"(?i)\.(?:md|mdx|markdown|rst|adoc|txt|text|org)\b|\bREADME\b|\bman [\w-]")
_OTHER_FILE = re.compile(
    r"\.(?:py|pyi|js|jsx|mjs|cjs|ts|tsx|go|rs|java|kt|c|h|cc|cpp|hpp|cs|rb|php|swift|scala|sh|bash"
    r"|sql|css|scss|less|html?|xml|json|jsonl|ya?ml|toml|lock|csv|tsv|log|ini|cfg|env|ipynb|vue"
    r"|svelte|proto|tf|lua|pl|ex|exs|erl|hs|ml|dart|gradle|diff|patch)\b"
)
# What finds lines or shows versions gives no text that could be read on.
_FINDING = re.compile(
    r"(?<![\w.-])(?:e?grep|rg|ag|ack|find|fd|ls|tree|awk|diff|git (?:diff|log|show|blame|status))\b"
)
_FINDING_TOOL = re.compile(r"(?i)^(?:grep|glob|ls|list|find)")
# What agents are told to do stands in such files: that is the task itself.
_INSTRUCTIONS = re.compile(
    r"(?i)(?:^|[\\/ '\"])(?:SKILL|AGENTS?|CLAUDE|GEMINI|copilot-instructions)(?:\.\w{1,9})?\.mdc?\b"
    r"|\.mdc\b|\.(?:cursor|windsurf|cline)rules\b|[\\/](?:skills|prompts|commands)[\\/]"
)

Told = Literal["document", "other", "unknown"]


def told_kind(origin: Origin) -> Told:
    """What the call says that its text is; `other` for all that is never cut as prose."""
    named = f"{origin.path} {origin.command[:LONGEST_COMMAND]}"
    if _INSTRUCTIONS.search(named) or _FINDING.search(origin.command[:LONGEST_COMMAND]):
        return "other"
    if _FINDING_TOOL.match(origin.tool):
        return "other"
    if _DOCUMENT.search(named):
        return "document"
    return "other" if _OTHER_FILE.search(named) else "unknown"


def is_prose(lines: Sequence[str], *, is_document: bool = False) -> bool:
    """Whether lines, without numbers that are shown for them, are mostly prose.

    *is_document* when the call says so: then lists and tables are part of it.
    """
    text = _unindented([line for line in _outside_of_fences(lines) if line.strip()])
    size = sum(map(len, text))
    code = 0 if is_document else sum(len(line) for line in text if _is_code(line))
    if not size or _MARKUP.match(text[0]) or code > MOST_CODE * size:
        return False
    if sum(_MEMBER.match(line) is not None for line in lines) * MOST_MEMBERS > len(lines):
        return False
    if any(_DIFF.match(line) for line in lines):
        return False
    if sum(_PAGE.match(line) is not None for line in lines) * MOST_OF_PAGE > len(lines):
        return False
    joined = "\n".join(text).lower()
    if len(UNSPACED.findall(joined)) > LEAST_UNSPACED * size:
        return True
    words = _TOKEN.findall(joined)
    small = sum(word in SMALL_WORDS for word in words)
    return small >= (LEAST_IN_DOCUMENTS if is_document else LEAST_SMALL_WORDS) * len(words)


def _unindented(lines: list[str]) -> list[str]:
    """The lines that are no indented code; all of them where most are indented (manuals)."""
    plain = [line for line in lines if not line.startswith(("    ", "\t"))]
    return plain if sum(map(len, plain)) * LEAST_PLAIN >= sum(map(len, lines)) else lines


def _is_code(line: str) -> bool:
    return any(mark.match(line) is not None for mark in (_STAMP, _CODE_LINE))


def _outside_of_fences(lines: Sequence[str]) -> Iterator[str]:
    fence = ""
    for line in lines:
        mark = FENCE.match(line)
        if mark is not None and fence in ("", mark[1]):
            fence = "" if fence else mark[1]
        elif not fence:
            yield line

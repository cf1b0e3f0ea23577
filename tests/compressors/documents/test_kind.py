"""What is prose, and what only looks like it."""

from __future__ import annotations

import pytest

from headroom.compressors.base import Origin
from headroom.compressors.documents.kind import is_prose, told_kind

ENGLISH = "The shop keeps what it has read, and your changes would be lost with the next order."
GERMAN = "Der Laden behält, was er gelesen hat, und die Änderungen wären mit dem nächsten verloren."
CHINESE = "商店會保留它讀過的內容,因此您所做的更改會在下一個訂單時丟失。"
CODE = '''"""Orders of the shop, and what they cost; the total is the sum over the lines."""

from decimal import Decimal

RATES = {"AT": "0.20"}


class Order:
    """An order, as it was placed by the customer."""

    def total(self):
        """The sum over the lines of the order."""
        return sum(line.price for line in self.lines)


def rate_of(country):
    """The rate of the country to which the order is sent."""
    return Decimal(RATES[country])
'''
LOG = "2026-11-19 16:02:11 INFO the order of the customer was sent to the service and is on its way"
PAGE = (
    "  BID:41 link The shop and what is in it\n  BID:42 button To the order\n    It is said here."
)


@pytest.mark.parametrize("text", [ENGLISH, GERMAN, CHINESE, f"# A heading\n\n- {ENGLISH}"])
def test_sentences_are_prose_in_any_language(text: str) -> None:
    assert is_prose((text + "\n").split("\n") * 20)


@pytest.mark.parametrize(
    "text",
    [
        CODE,
        CODE.replace("from", "import"),
        LOG,
        PAGE,
        "src/app.py:12:def run(self):\nsrc/app.py:14:    return 1",
        "-rw-r--r-- 1 me me 4096 Nov 21 10:00 report.txt",
        '{"text": "' + ENGLISH + '"}',
        '[\n  {\n    "text": "' + ENGLISH + '",\n    "more": "' + ENGLISH + '"\n  }\n]',
        'Found:\n"text": "' + ENGLISH + '",\n"more": "' + ENGLISH + '"',
        "<html><body>" + ENGLISH,
        "id,name,total\n1,Blue ink,12\n2,Red ink,13",
        "Collecting numpy\n  Downloading numpy-2.3.2-cp313-manylinux_2_27_x86_64.whl (62 kB)",
        f"diff --git a/x b/x\n@@ -1 +1 @@\n-{ENGLISH}\n+{ENGLISH}",
        "commit 0123456789abcdef0123456789abcdef01234567\n    " + ENGLISH,
        "",
        "\n\n",
    ],
)
def test_what_is_made_for_machines_is_no_prose(text: str) -> None:
    assert not is_prose(text.split("\n"))


def test_code_between_fences_does_not_count() -> None:
    text = f"{ENGLISH}\n\n```python\n{CODE}\n```\n\n{ENGLISH}\n"

    assert is_prose(text.split("\n"))


def test_documents_may_be_lists_of_short_items() -> None:
    text = "- `total`: what it costs\n- `rate`: of tax\n- `export`: (#12, #13)\n- a `csv` of it\n"

    assert is_prose(text.split("\n"), is_document=True)
    assert not is_prose(["- total(order)", "- rate(order)", "- export(csv)"])


@pytest.mark.parametrize(
    ("origin", "kind"),
    [
        (Origin("Read", path="docs/guide.md"), "document"),
        (Origin("Bash", command="cat README"), "document"),
        (Origin("Bash", command="man git-log"), "document"),
        (Origin("Read", path="src/app.py"), "other"),
        (Origin("Bash", command="sed -n 1,80p web/app.tsx"), "other"),
        (Origin("Bash", command="git log --stat docs/guide.md"), "other"),
        (Origin("Bash", command="cat docs/guide.md | grep total"), "other"),
        (Origin("Grep", path="docs/guide.md"), "other"),
        (Origin("Read", path="/home/me/.claude/skills/review/SKILL.md"), "other"),
        (Origin("Read", path="AGENTS.md"), "other"),
        (Origin("Bash", command="cat CLAUDE.md"), "other"),
        (Origin("fetch"), "unknown"),
        (Origin("Bash", command="npm test"), "unknown"),
    ],
)
def test_the_call_says_what_its_text_is(origin: Origin, kind: str) -> None:
    assert told_kind(origin) == kind

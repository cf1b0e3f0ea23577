"""The benchmark of what a model can still read, over a corpus made up here."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks import needles
from benchmarks.visible import Shown

GREP = "\n".join(f"src/shapes/area.py:{n}:    return width_{n} * height_{n}" for n in range(20))
ROWS = [{"id": n, "name": f"shape {n}", "state": "open", "note": 'a "b"'} for n in range(30)]

BLAMED = "61ce6c59c (Ada 2011-11-10) 6) y\n7) x"
LISTED = "[listing: rows without a mode are -rw-r--r-- 1 a b SIZE Nov 1 10:00 NAME]\n5 x"


def lay(corpus: Path, kind: str, sample: dict[str, Any], *facts: tuple[str, str]) -> None:
    """Put a sample there, with its facts and their kinds."""
    (corpus / kind).mkdir(parents=True, exist_ok=True)
    (corpus / kind / "one.json").write_text(json.dumps(sample))
    (corpus / "needles").mkdir(exist_ok=True)
    lines = [
        json.dumps({"sample": f"{kind}/one.json", "needles": [text], "kind": fact})
        for text, fact in facts
    ]
    (corpus / "needles" / f"{kind}.jsonl").write_text("\n".join(lines))


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    lay(
        tmp_path,
        "search",
        {"content": GREP, "tool": "grep -rn return src"},
        ("src/shapes/area.py:7:    return width_7", "id"),
        ("return width_19 * height_19", "last"),
        ("20", "count"),
    )
    lay(
        tmp_path,
        "json_tool",
        {"content": json.dumps(ROWS, indent=2), "content_type": "json"},
        ('"shape 17"', "id"),
        ('a \\"b\\"', "field"),
        ("no such thing", "error"),
    )
    return tmp_path


def test_tokens_facts_and_decoding_are_reported_by_kind(corpus: Path, tmp_path: Path) -> None:
    needles.main(
        [str(corpus), "--json", str(tmp_path / "figures"), "--markdown", str(tmp_path / "t")]
    )

    figures = json.loads((tmp_path / "figures").read_text())[needles.OURS]["kinds"]
    search, records = figures["search"], figures["json_tool"]
    assert (search["whole"], search["split"], search["missing"]) == (1, 1, 0)
    assert (records["whole"], records["split"], records["missing"]) == (2, 0, 1)
    assert records["tokens_after"] < records["tokens_before"] / 2
    assert figures["all outputs"]["restored"] == 2
    assert figures["all outputs"]["not_restored"] == 0
    assert "| search | 1 |" in (tmp_path / "t").read_text()


def test_finer_kinds_and_kinds_of_facts_are_told_apart(corpus: Path, tmp_path: Path) -> None:
    needles.main([str(corpus), "--json", str(tmp_path / "figures")])

    figures = json.loads((tmp_path / "figures").read_text())[needles.OURS]
    assert set(figures["types"]) == {"json_tool: json", "search: search", "all outputs"}
    found = {kind: (row["needles"], row["missing"]) for kind, row in figures["needles"].items()}
    assert found == {
        "error": (1, 1),
        "field": (1, 0),
        "id": (2, 0),
        "last": (1, 0),
        "errors, and ids asked for": (3, 1),
        "all outputs": (5, 1),
    }


def test_a_fact_that_is_gone_is_named(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    needles.main([str(corpus), "--misses"])

    assert "lost error json_tool/one.json: 'no such thing'" in capsys.readouterr().out


def test_another_installation_is_measured_beside_ours(
    corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    needles.main([str(corpus), "--peer", f"same={sys.executable}"])

    lines = capsys.readouterr().out.splitlines()
    heads = next(line for line in lines if line.startswith("| kind"))
    search = next(line for line in lines if line.startswith("| search"))
    ours, _, same = (cell.strip() for cell in search.split("|")[-4:-1])
    assert heads.endswith(f"| {needles.OURS} | {needles.REDUCED} | same |")
    assert same == ours


def test_a_folder_without_samples_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="no samples in"):
        needles.main([str(tmp_path)])


FORMED = "[log, 1 form: x]\nA <time> INFO lost <*>\n1:00:00 up\n:04 A 7"


@pytest.mark.parametrize(
    ("needle", "text", "sight"),
    [
        ("src/a.py:7:x = 1", "# src/a.py\n7:x = 1", "split"),
        ("src/a.py", "src/: a.py b.py", "split"),
        ("12:00:01 lost", "12:…\n00:01 lost", "split"),
        ("12:00:01 lost", "12:…\n00:02 lost", "missing"),
        ("-rw-r--r-- 1 a b  5 Nov  1 10:00 x", LISTED, "split"),
        ("-rw-r--r-- 1 a b  6 Nov  1 10:00 x", LISTED, "missing"),
        ("1:00:04 INFO lost 7", FORMED, "split"),
        ("1:00:04 INFO lost 8", FORMED, "missing"),
        ("61ce6c59c (Ada  2011-11-10   7) x", BLAMED, "split"),
        ("61ce6c59c (Ada  2011-11-10  17) x", BLAMED, "missing"),
        ('{"a":"xyz","n":17}', "[2 rows(a,n)\nxyz,17\n]", "split"),
        ('{"a":"xyz","n":18}', "[2 rows(a,n)\nxyz,17\n]", "missing"),
    ],
)
def test_a_line_may_stand_below_its_beginning(needle: str, text: str, sight: str) -> None:
    assert Shown(text).sight(needle) == sight


def test_with_originals_kept_each_question_is_asked_and_the_original_is_the_text(
    tmp_path: Path,
) -> None:
    rows = [{"id": 7000 + n, "state": "ok", "text": f"request {n} was served"} for n in range(300)]
    lay(tmp_path, "json_tool", {"content": json.dumps(rows), "content_type": "json"})
    told = {"sample": "json_tool/one.json", "kind": "id", "needles": ["request 123 was served"]}
    asked = [{**told, "query": "What is the text of 7123?"}, {**told, "query": "Who was first?"}]
    file = tmp_path / "needles" / "json_tool.jsonl"
    file.write_text("\n".join(map(json.dumps, asked)))

    needles.main([str(tmp_path), "--strength", "0.1", "--json", str(tmp_path / "figures")])

    subjects = json.loads((tmp_path / "figures").read_text())
    weaker = subjects[f"{needles.REDUCED}, strength 0.1"]["kinds"]["json_tool"]
    figures = subjects[needles.REDUCED]["kinds"]["json_tool"]
    assert weaker["tokens_after"] >= figures["tokens_after"]
    assert (figures["whole"], figures["missing"]) == (1, 1)
    assert figures["missing_after_retrieval"] == 0
    assert figures["tokens_after"] < figures["tokens_before"] / 5
    assert (figures["restored"], figures["not_restored"]) == (2, 0)

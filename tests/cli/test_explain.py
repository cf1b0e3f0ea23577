from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

from tests.cli.running import run
from tests.replay.examples import anthropic_body, as_lines, claude_code_lines, gemini_body
from tests.replay.test_explain import NOTES


def test_a_request_body_is_explained_block_by_block(tmp_path: Path) -> None:
    file = tmp_path / "one.json"
    file.write_text(json.dumps(anthropic_body()))

    done = run("explain", str(file))

    assert done.returncode == 0, done.stderr
    assert "tokens of messages become" in done.stdout
    assert "never touched" in done.stdout


def test_a_request_body_for_gemini_is_explained_and_replayed(tmp_path: Path) -> None:
    file = tmp_path / "garden.json"
    file.write_text(json.dumps({**gemini_body(), "model": "gemini-3.1-pro-preview"}))

    explained = run("explain", str(file), "--json")
    replayed = run("replay", str(file), "--json")

    assert (explained.returncode, replayed.returncode) == (0, 0), explained.stderr + replayed.stderr
    blocks = json.loads(explained.stdout)[0]["blocks"]
    assert [block["what"] for block in blocks][-2:] == [
        "call (look find src)",
        "result (look find src)",
    ]
    (session,) = json.loads(replayed.stdout)["sessions"]
    assert (session["dialect"], session["model"]) == ("gemini", "gemini-3.1-pro-preview")
    assert session["turns"] == 2
    assert Decimal(session["dollars"]["direct"]) > 0


def test_a_session_file_is_explained_as_json(tmp_path: Path) -> None:
    file = tmp_path / "two.jsonl"
    file.write_text(as_lines(claude_code_lines()))

    done = run("explain", str(file), "--json")

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)[0]["blocks"]


def test_options_of_the_proxy_apply_and_a_block_is_shown(tmp_path: Path) -> None:
    call = {"id": "c", "type": "function", "function": {"name": "cat", "arguments": "{}"}}
    messages = [
        {"role": "user", "content": "Read my notes."},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c", "content": NOTES},
    ]
    file = tmp_path / "three.json"
    tool = {"type": "function", "function": {"name": "cat", "parameters": {"type": "object"}}}
    file.write_text(json.dumps({"model": "gpt-5", "tools": [tool], "messages": messages}))

    shown = run("explain", str(file), "--offer", "always", "--block", "2")
    kept = run("explain", str(file), "--json", variables={"HEADROOM_PROTECT_TOOLS": "c*"})

    assert "after: " in shown.stdout
    assert "headroom_retrieve" in shown.stdout
    assert "results of cat are protected" in kept.stdout


def test_a_file_that_is_neither_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "notes.json"
    file.write_text("[]")

    done = run("explain", str(file))

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1

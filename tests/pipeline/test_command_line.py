"""What command lines do, as far as it can be told for sure."""

from __future__ import annotations

import pytest

from headroom.pipeline.command_line import LONGEST_READ, commands_of, doing, program_names


@pytest.mark.parametrize(
    "line",
    [
        "cat data.json",
        "cat data.json | jq '.items[] | select(.a > 1)'",
        "/usr/bin/head -c 4000 x",
        "git log --format='%H > %s'",
        "kubectl get pods -o json",
        'grep -rn "a;b" src | sort | uniq -c',
        "sed -n '1,200p' x.json",
        "cd /repo && grep -rn run src 2>/dev/null | head -50",
        "cd /repo\n# look\nls -la",
        "echo --- ; cat a",
        "FOO=1 timeout 60s cat a 2>&1",
        "bash -lc 'ls -R | head -100'",
        "bash -lc ls -R src",
        "Get-Content -Raw C:\\\\a\\\\SKILL.md | Select-Object -First 20",
        "curl -s https://example.org/a.json",
        "gh pr view 12",
        'curl -s -X POST "$BASE/search/projects" -H \'A: b\' -d \'{"query": "x"}\'',
        "grep -r -i x . | grep -v y",
        "mkdir -p a && cat b",
        "sqlite3 a.db 'SELECT * FROM users'",
        "open src/fields.py 1474",
    ],
)
def test_what_only_shows_something(line: str) -> None:
    assert doing(line) == "shows"


@pytest.mark.parametrize(
    "line",
    [
        "pytest -q tests",
        "cd app && npm test 2>&1 | tail -50",
        "python3 solver.py all",
        "cargo build --release && ls target",
        "pip install -e .[dev]",
        "bash run_tests.sh",
        "./gradlew build",
        "sudo apt-get install -y jq",
        "timeout 120 python -m unittest",
        "cd a && python3 - <<'EOF' | head\nprint('`')\nEOF\nls",
        "node <<X\n1",
        "cd /app && ./fasttext supervised -input a.txt",
        "/app/maze_game.sh",
        "unheard-of a",
        "wget -q https://example.org/a.tar",
    ],
)
def test_what_can_be_run_again(line: str) -> None:
    assert doing(line) == "runs"


@pytest.mark.parametrize(
    "line",
    [
        "",
        "   ",
        "cd /repo",
        "cat a > b",
        "cat a; rm a",
        "cat `ls`",
        'cat "$(rm x)"',
        "sed -i 's/a/b/' x",
        "sed -i.bak 's/a/b/' x",
        "find . -delete",
        "find . -exec rm {} +",
        "git push",
        "git",
        "cat a | tee b",
        "curl -X POST http://127.0.0.1",
        "curl -sd '{}' http://127.0.0.1 -o x",
        "gh pr merge 12",
        "cat a\nrm a",
        "cat 'a' <(rm x)",
        "cat 'a",
        "cat > a <<'EOF'\nprint()\nEOF",
        "python - <<'EOF'\nprint()\nEOF\nrm a",
        "bash -c \"bash -c 'bash -c ls'\"",
        "./deploy.sh",
        "./manage.py migrate",
        "sqlite3 a.db 'DELETE FROM users'",
        "psql",
        "unheard-of --delete a",
        "aws s3 ls",
        "git commit -m x",
        "perl -i -pe 1 a",
        "cat a >",
        "x" * (LONGEST_READ + 1),
    ],
)
def test_what_is_not_sure_does_neither(line: str) -> None:
    assert doing(line) == ""


def test_commands_are_told_apart_and_redirections_left_out() -> None:
    assert commands_of("a 1 2>&1 | b < c && d >/dev/null") == [["a", "1"], ["b"], ["d"]]


@pytest.mark.parametrize(
    ("line", "programs"),
    [
        ("cd /repo && FOO=1 git log --oneline | head -5", ["git log", "head"]),
        ("bash -lc 'kubectl get pods -o json'", ["kubectl get"]),
        ("sudo timeout 60s /usr/bin/PyTest -q; pytest x", ["pytest"]),
        ("./pay-alice.sh --all", ["other"]),
        ("git bob", ["git"]),
        ("bash run.sh", ["bash"]),
        ("echo $(whoami)", []),
        ("", []),
    ],
)
def test_programs_that_are_known_are_named_with_their_part(line: str, programs: list[str]) -> None:
    assert program_names(line) == programs

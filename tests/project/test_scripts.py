"""The scripts that check the project."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts import check_mirror, write_docs

FUNCTION = "def answer() -> int:\n    return 42\n"


def lay(root: Path, *names: str, text: str = FUNCTION) -> None:
    """Put files with this text there."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_a_mirrored_project_passes(tmp_path: Path) -> None:
    lay(tmp_path, "src/headroom/wire/sse.py", "tests/wire/test_sse.py")
    lay(tmp_path, "src/headroom/tokens.py", "tests/test_tokens.py")

    assert check_mirror.main(tmp_path) == 0


def test_a_source_file_without_a_test_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lay(tmp_path, "src/headroom/wire/sse.py")

    assert check_mirror.main(tmp_path) == 1
    assert "src/headroom/wire/sse.py has no tests/wire/test_sse.py" in capsys.readouterr().err


def test_a_test_without_a_source_file_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lay(tmp_path, "tests/wire/test_gone.py")

    assert check_mirror.main(tmp_path) == 1
    assert "tests/wire/test_gone.py has no src/headroom/wire/gone.py" in capsys.readouterr().err


def test_protocols_entry_points_and_mere_values_need_no_test(tmp_path: Path) -> None:
    lay(tmp_path, "src/headroom/state/base.py", "src/headroom/__main__.py")
    lay(tmp_path, "src/headroom/outcome.py", text="ANSWER = 42\n")

    assert check_mirror.main(tmp_path) == 0


def test_tests_of_several_rooms_stand_free(tmp_path: Path) -> None:
    lay(tmp_path, "tests/contracts/test_formats.py", "tests/wholehouse/deep/test_all.py")

    assert check_mirror.main(tmp_path) == 0


def test_a_package_has_its_test_under_its_own_name(tmp_path: Path) -> None:
    lay(tmp_path, "src/headroom/pipeline/__init__.py", "tests/pipeline/test_pipeline.py")

    assert check_mirror.main(tmp_path) == 0


def test_a_long_file_is_told_but_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lay(tmp_path, "tests/project/test_long.py", text="#\n" * 401)

    assert check_mirror.main(tmp_path) == 0
    assert capsys.readouterr().out == "long: tests/project/test_long.py: 401 lines\n"


def test_the_generated_pages_are_up_to_date() -> None:
    assert write_docs.main(["--check"]) == 0


def test_a_stale_page_is_told_and_written_anew(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()

    assert write_docs.main(["--check"], tmp_path) == 1
    assert write_docs.main([], tmp_path) == 0
    assert write_docs.main(["--check"], tmp_path) == 0


@pytest.mark.parametrize("name", ["settings.md", "hidden-legs.md"])
def test_the_page_that_is_stale_is_named(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "docs").mkdir()
    write_docs.main([], tmp_path)
    (tmp_path / "docs" / name).write_text("old")

    assert write_docs.main(["--check"], tmp_path) == 1
    assert capsys.readouterr().err == f"docs/{name} is stale: run `make docs`.\n"

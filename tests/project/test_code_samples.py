"""Samples of code from what is installed here."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.code_samples import code_samples

FUNCTION = """\
def serve_number_{n}(request: Request) -> Reply:
    wanted_header = request.headers.get("x-wanted-{n}")
    if wanted_header is None:
        raise MissingHeader(f"number {n} has no header")
    remaining_{n} = store.take(wanted_header, amount={n})
    log.info("took one of %d", remaining_{n})
    return Reply(status=200, body=remaining_{n})

"""


def source(folder: Path, name: str) -> None:
    folder.mkdir(exist_ok=True)
    text = "\n".join(FUNCTION.replace("{n}", str(n)) for n in range(60))
    (folder / name).write_text(text)


def test_each_fact_stands_in_the_text_and_the_next_time_it_is_the_same(tmp_path: Path) -> None:
    source(tmp_path / "served", "one.py")

    samples = code_samples([tmp_path / "served"])

    assert samples == code_samples([tmp_path / "served"])
    assert all(fact.text in one.content for one in samples for fact in one.needles)
    assert {"id", "signature", "asked"} <= {fact.kind for one in samples for fact in one.needles}
    assert all(one.kind == "code" and one.is_single for one in samples)


def test_a_folder_that_is_named_is_among_them(tmp_path: Path) -> None:
    # A language that nothing installed here is written in.
    source(tmp_path / "served", "one.rs")
    (tmp_path / "served" / "tests").mkdir()
    source(tmp_path / "served" / "tests", "two.rs")

    (sample,) = (one for one in code_samples([tmp_path / "served"]) if one.content_type == "Rust")

    assert sample.name == "code/Rust/served/one.rs"
    assert sample.arguments == {"file_path": "/repo/served/one.rs"}
    assert sample.content.startswith("     1\tdef serve_number_0")


@pytest.mark.parametrize("size", [100, 500_000])
def test_what_is_too_small_or_too_large_to_read_is_left_out(tmp_path: Path, size: int) -> None:
    (tmp_path / "odd.rs").write_text("fn a() {\n}\n" * (size // 10))

    assert not [one for one in code_samples([tmp_path]) if one.content_type == "Rust"]

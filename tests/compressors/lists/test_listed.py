from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from headroom.compressors.lists.listed import Lines, Listed, listed

ROW = "-rw-r--r-- 1 ada staff {:>8} Nov 21 02:40 {}"


def paths(found: Lines) -> list[str]:
    return [one.path for one in found if one is not None and not one.heads]


def test_paths_are_split_at_their_last_slash() -> None:
    found = listed(["./src/a.py", "./src/room", "./src/room/b c.py", "x/"], names_alone=False)

    assert found[0] == Listed("./src/", "a.py", before="./src/")
    assert found[1] == Listed("./src/", "room", before="./src/", is_directory=True)
    assert paths(found)[2:] == ["./src/room/b c.py", "x/"]


def test_rows_of_ls_have_sizes_and_belong_to_the_directory_above_them() -> None:
    lines = [
        "src:",
        "total 8",
        ROW.format("4.0K", "a.py"),
        "",
        "src/room:",
        ROW.format(812, "b.py"),
    ]

    found = listed(lines, names_alone=False)

    assert paths(found) == ["src/a.py", "src/room/b.py"]
    assert [one.size for one in found if one and not one.heads] == [4096, 812]
    assert [one.directory for one in found if one and one.heads] == ["src/"] * 2 + ["src/room/"] * 2


def test_rows_with_dates_of_another_style_and_links_are_rows_too() -> None:
    lines = [
        "lrwxrwxrwx 1 ada staff 7 2026-11-21 02:40 now -> then.py",
        "drwxr-xr-x. 2 ada staff 64 2026-11-21 02:40:00.000 +0100 old",
    ]

    assert paths(listed(lines, names_alone=False)) == ["now", "old"]


def test_a_tree_tells_the_way_to_each_name() -> None:
    lines = ["src", "├── room", "│   ├── a.py", "│   └── b.py", "└── c.py"]

    found = listed(lines, names_alone=False)

    assert paths(found) == ["src/room", "src/room/a.py", "src/room/b.py", "src/c.py"]
    assert [one.depth for one in found if one] == [1, 2, 2, 1]
    assert [one.is_directory for one in found if one] == [True, False, False, False]


def test_a_tree_of_dashes_counts_where_a_listing_was_asked_for() -> None:
    lines = ["- /srv/src/", "  - room/", "    - a.py", "  - c.py"]

    assert paths(listed(lines, names_alone=True))[-1] == "/srv/src/c.py"
    assert listed(lines, names_alone=False) == []


def test_names_alone_count_where_a_listing_was_asked_for() -> None:
    lines = ["src:", "a.py", "room", "", "src/room:", "b.py"]

    assert paths(listed(lines, names_alone=True)) == ["src/a.py", "src/room", "src/room/b.py"]
    assert listed(["apple", "pear", "plum"], names_alone=False) == []


def test_what_git_says_something_of_must_stay() -> None:
    lines = ["On branch main", "\tmodified:   src/a.py", " M src/b.py", "?? src/c.py", "UU d.py"]

    found = listed(lines, names_alone=False)

    assert [one.must_stay for one in found if one] == [True] * 4
    assert paths(found) == ["src/a.py", "src/b.py", "src/c.py", "d.py"]


def test_what_git_does_not_track_may_go_where_a_directory_has_very_much_of_it() -> None:
    lines = ["Changes not staged for commit:", "\tmodified:   out/kept.o", "", "Untracked files:"]
    lines += ['  (use "git add <file>..." to include in what will be committed)']
    lines += [f"\tout/{n}.o" for n in range(60)] + ["\tsrc/new.py"]

    found = listed(lines, names_alone=False)

    staying = [one.path for one in found if one and one.must_stay]
    assert staying == ["out/kept.o", "src/new.py"]


def test_sizes_in_front_of_paths_are_sizes() -> None:
    found = listed(["12\t./src/a.py", "4.0K\t./src", "16\t."], names_alone=False)

    assert [one.size for one in found if one] == [12, 4096, 16]


def test_prose_logs_and_bullets_are_no_listing() -> None:
    for line in ("It is so: a/b.", "12:00:01 GET /a/b 200", "- fix the bug in src/a.py", "x = a/b"):
        assert listed([line] * 20, names_alone=True) == [], line


@given(
    st.lists(
        st.sampled_from(
            [
                "./a/b.py",
                "a:",
                "total 4",
                ROW.format(1, "x"),
                "├── a",
                "│   └── b",
                "- a/",
                "",
                "é",
                "//",
            ]
        )
    )
)
def test_every_line_is_told_or_none(lines: list[str]) -> None:
    assert len(listed(lines, names_alone=True)) in (0, len(lines))

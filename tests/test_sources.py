"""Where the values of options come from."""

from __future__ import annotations

from pathlib import Path

import pytest

from headroom import sources
from headroom.errors import SettingsError
from headroom.options import FILE, PORT, SWITCH, TEXT, Entry, Option

ENTRIES = (
    Entry("port", 80, Option(PORT, "")),
    Entry("cache", True, Option(SWITCH, "", variables=("HEADROOM_CACHE", "OLD_CACHE"))),
    Entry("log_file", None, Option(FILE, "")),
    Entry("key", "", Option(PORT, "", secret=True)),
    Entry("label", "", Option(TEXT, "", flag="")),
)


def test_a_flag_that_was_not_used_is_no_source() -> None:
    assert list(sources.from_flags(ENTRIES, {"port": None, "cache": None})) == []


def test_a_switch_that_was_turned_off_is_told_by_its_no_form() -> None:
    (source,) = sources.from_flags(ENTRIES, {"cache": False})

    assert (source.text, source.where) == ("false", "--no-cache")


def test_a_blank_variable_is_no_source_and_the_next_name_counts() -> None:
    (source,) = sources.from_variables(ENTRIES, {"HEADROOM_CACHE": "  ", "OLD_CACHE": "on"})

    assert (source.text, source.where) == ("on", "OLD_CACHE")


def test_the_first_source_of_an_option_wins() -> None:
    texts = [
        *sources.from_flags(ENTRIES, {"port": "1"}),
        *sources.from_variables(ENTRIES, {"HEADROOM_PORT": "2"}),
    ]

    assert sources.read_all(texts, {}) == {"port": 1}


def test_a_wrong_value_is_told_with_its_place_and_what_is_needed() -> None:
    texts = sources.from_config(ENTRIES, {"port": "many"}, Path("/etc/headroom.toml"))

    with pytest.raises(SettingsError) as caught:
        sources.read_all(texts, {})

    assert str(caught.value) == (
        "port in /etc/headroom.toml is 'many', but a whole number from 0 to 65535 is needed."
    )


def test_a_wrong_secret_is_not_shown() -> None:
    with pytest.raises(SettingsError) as caught:
        sources.read_all(sources.from_variables(ENTRIES, {"HEADROOM_KEY": "hunter2"}), {})

    assert "hunter2" not in str(caught.value)


def test_credentials_in_an_address_are_not_shown() -> None:
    with pytest.raises(SettingsError) as caught:
        sources.read_all(sources.from_flags(ENTRIES, {"port": "https://me:hunter2@host"}), {})

    assert "hunter2" not in str(caught.value)


def test_a_very_long_wrong_value_is_cut() -> None:
    with pytest.raises(SettingsError) as caught:
        sources.read_all(sources.from_flags(ENTRIES, {"port": "9" * 10_000}), {})

    assert len(str(caught.value)) < 300


def test_the_home_folder_is_the_environments() -> None:
    texts = sources.from_flags(ENTRIES, {"log_file": "~/logs/requests.jsonl"})

    values = sources.read_all(texts, {"HOME": "/somewhere"})

    assert values == {"log_file": Path("/somewhere/logs/requests.jsonl")}


def test_another_users_home_that_is_not_there_is_told() -> None:
    texts = sources.from_flags(ENTRIES, {"log_file": "~nobody-of-this-name/x"})

    with pytest.raises(SettingsError, match="no such home folder"):
        sources.read_all(texts, {"HOME": "/somewhere"})


def test_a_config_file_that_is_missing_is_empty(tmp_path: Path) -> None:
    assert sources.load(tmp_path / "headroom.toml") == {}


def test_a_config_file_that_is_not_toml_is_told_with_its_name(tmp_path: Path) -> None:
    file = tmp_path / "headroom.toml"
    file.write_text("port = ")

    with pytest.raises(SettingsError, match=r"headroom\.toml cannot be read"):
        sources.load(file)


def test_a_config_file_that_is_a_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        sources.load(tmp_path)


def test_an_unknown_variable_is_told_with_the_nearest_name() -> None:
    (sentence,) = sources.unknown_variables(ENTRIES, {"HEADROOM_PROT": "1"})

    assert sentence == "HEADROOM_PROT is ignored: no such variable (did you mean HEADROOM_PORT?)."


def test_an_unknown_variable_like_no_other_is_told_alone() -> None:
    (sentence,) = sources.unknown_variables(ENTRIES, {"HEADROOM_QQQQQQQQQQQQ": "1"})

    assert sentence == "HEADROOM_QQQQQQQQQQQQ is ignored: no such variable."


def test_variables_of_others_and_blank_ones_are_not_told() -> None:
    environ = {"PATH": "/bin", "HEADROOM_PROT": " ", "HEADROOM_BASE_URL": "http://localhost:8787"}

    assert list(sources.unknown_variables(ENTRIES, environ)) == []


def test_an_unknown_key_of_the_config_file_is_told_with_the_nearest_name() -> None:
    (sentence,) = sources.unknown_keys(ENTRIES, {"prot": 1, "port": 2}, Path("/headroom.toml"))

    assert sentence == "prot in /headroom.toml is ignored: no such option (did you mean port?)."

"""Every option, once."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom.errors import SettingsError
from headroom.settings import ENTRIES, Settings

HOME = {"HOME": "/nowhere/at/all"}


def test_without_any_source_everything_has_its_default() -> None:
    settings = Settings.read(HOME)

    assert (settings.host, settings.port, settings.mode) == ("127.0.0.1", 8787, "token")
    assert settings.optimize
    assert settings.anthropic_api_url == "https://api.anthropic.com"
    assert settings.openai_api_url == "https://api.openai.com"
    assert settings.notices == ()


def test_a_flag_wins_over_a_variable_over_the_config_file() -> None:
    environ = {**HOME, "HEADROOM_HOST": "127.0.0.2", "HEADROOM_PORT": "2"}
    config: dict[str, object] = {"host": "127.0.0.3", "port": 3, "body_limit_mb": 3}

    settings = Settings.read(environ, flags={"host": "127.0.0.1"}, config=config)

    assert (settings.host, settings.port, settings.body_limit_mb) == ("127.0.0.1", 2, 3)


def test_a_value_that_is_overruled_must_still_be_right() -> None:
    with pytest.raises(SettingsError, match="HEADROOM_PORT"):
        Settings.read({**HOME, "HEADROOM_PORT": "x"}, flags={"port": "1"})


@pytest.mark.parametrize(
    ("text", "mode"),
    [
        ("token", "token"),
        ("token_mode", "token"),
        ("token_savings", "token"),
        ("token_headroom", "token"),
        (" Token_Headroom ", "token"),
        ("cache", "cache"),
        ("CACHE_MODE", "cache"),
        ("cost_savings", "cache"),
    ],
)
def test_older_names_of_the_modes_are_understood(text: str, mode: str) -> None:
    assert Settings.read({**HOME, "HEADROOM_MODE": text}).mode == mode


def test_a_wrong_mode_is_told_in_one_sentence_with_the_choices() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.read({**HOME, "HEADROOM_MODE": "fast"})

    assert str(caught.value) == "HEADROOM_MODE is 'fast', but the choices are token and cache."


@pytest.mark.parametrize(
    ("variable", "field"),
    [
        ("ANTHROPIC_TARGET_API_URL", "anthropic_api_url"),
        ("OPENAI_TARGET_API_URL", "openai_api_url"),
    ],
)
def test_addresses_of_providers_lose_slash_and_version(variable: str, field: str) -> None:
    settings = Settings.read({**HOME, variable: "https://gateway.example.com/llm/v1/"})

    assert getattr(settings, field) == "https://gateway.example.com/llm"


@pytest.mark.parametrize("store", ["sqlite", "memory"])
def test_a_store_is_one_of_those_that_are_there(store: str) -> None:
    settings = Settings.read({**HOME, "HEADROOM_STORE": store})

    assert settings.store == store
    assert settings.is_durable is (store == "sqlite")
    assert not Settings.read(
        {**HOME, "HEADROOM_STORE": store}, flags={"stateless": True}
    ).is_durable


@pytest.mark.parametrize(
    ("store", "told"),
    [
        ("redis://:hunter2@:6379", "an address such as redis://host:6379/0"),
        ("redis://:hunter2@host:port/0", "an address such as redis://host:6379/0"),
        ("unix://", "an address such as"),
        ("dbm", "the choices are sqlite, memory and an address such as redis://host"),
    ],
)
def test_another_store_is_refused_with_what_there_is(store: str, told: str) -> None:
    with pytest.raises(SettingsError, match=told) as raised:
        Settings.read({**HOME}, flags={"store": store})

    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize("variable", ["HEADROOM_STORE", "HEADROOM_REDIS_URL"])
def test_a_store_may_be_the_address_of_a_redis_whose_password_is_not_shown(variable: str) -> None:
    url = "rediss://:hunter2@cache.example.com:6380/1"

    settings = Settings.read({**HOME, variable: url})

    assert settings.store == url
    assert (settings.store_kind, settings.is_durable) == ("redis", True)
    assert "hunter2" not in repr(settings)
    assert Settings.read({**HOME, variable: url}, flags={"stateless": True}).store_kind == "memory"


def test_the_gemini_address_keeps_its_path() -> None:
    settings = Settings.read({**HOME, "GEMINI_TARGET_API_URL": "https://g.example.com/v1/"})

    assert settings.gemini_api_url == "https://g.example.com/v1"


def test_the_config_file_is_looked_for_in_the_config_folder(tmp_path: Path) -> None:
    (tmp_path / "headroom.toml").write_text('port = 9\nallowed_hosts = ["a.example", "b.example"]')

    settings = Settings.read({**HOME, "HEADROOM_CONFIG_DIR": str(tmp_path)})

    assert (settings.port, settings.allowed_hosts) == (9, ("a.example", "b.example"))


def test_the_config_folder_stands_in_the_workspace(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "headroom.toml").write_text("port = 9")

    settings = Settings.read({**HOME, "HEADROOM_WORKSPACE_DIR": str(tmp_path)})

    assert (settings.config_dir, settings.port) == (tmp_path / "config", 9)


def test_both_folders_stand_in_the_home_folder_by_default(tmp_path: Path) -> None:
    settings = Settings.read({"HOME": str(tmp_path)})

    assert settings.workspace_dir == tmp_path / ".headroom"
    assert settings.config_dir == tmp_path / ".headroom" / "config"


def test_the_config_file_may_move_the_workspace_but_not_itself() -> None:
    config: dict[str, object] = {"workspace_dir": "~/elsewhere", "config_dir": "/elsewhere"}

    settings = Settings.read({"HOME": "/home/me"}, config=config)

    assert settings.workspace_dir == Path("/home/me/elsewhere")
    assert settings.config_dir == Path("/home/me/.headroom/config")


def test_settings_made_by_hand_have_no_folder_called_tilde() -> None:
    assert "~" not in Settings().workspace_dir.parts


def test_every_option_has_an_effect() -> None:
    settings = Settings.read({**HOME, "HEADROOM_LANGFUSE_ENABLED": "1"})

    assert settings.langfuse_enabled
    assert settings.notices == ()
    assert not [entry.name for entry in ENTRIES if entry.option.later]


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"HEADROOM_LOG_FILE": "log"}, "What is said is written to log: "),
        ({}, "--log-messages (HEADROOM_LOG_MESSAGES) writes nothing without --log-file"),
    ],
)
def test_S3_that_messages_are_written_is_told(variables: dict[str, str], told: str) -> None:
    settings = Settings.read({**HOME, **variables}, flags={"log_messages": True})

    assert settings.keeps_messages == bool(variables)
    assert settings.notices[0].startswith(told)
    assert not Settings.read({**HOME, **variables}).notices


@pytest.mark.parametrize("off", ["off", "false", "0", "no", "disable", "disabled", "OFF"])
def test_P4_telemetry_is_off_by_any_word_for_it(off: str) -> None:
    endpoint = {"HEADROOM_TELEMETRY_ENDPOINT": "https://totals.example"}

    assert Settings.read({**HOME, **endpoint}).sends_telemetry
    assert not Settings.read({**HOME, **endpoint, "HEADROOM_TELEMETRY": off}).sends_telemetry
    assert not Settings.read({**HOME, "HEADROOM_TELEMETRY": "on"}).sends_telemetry


def test_every_variable_of_the_specification_is_known() -> None:
    environ = {
        "HEADROOM_TELEMETRY": "off",
        "HEADROOM_SDK": "headroom-app",
        "HEADROOM_OTEL_METRICS_ENABLED": "1",
        "HEADROOM_OTEL_METRICS_EXPORTER": "otlp_http",
        "HEADROOM_OTEL_METRICS_ENDPOINT": "http://127.0.0.1:4318/v1/metrics",
        "HEADROOM_OTEL_SERVICE_NAME": "headroom-proxy",
        "HEADROOM_LANGFUSE_ENABLED": "1",
        "HEADROOM_CODE_AWARE_ENABLED": "false",
        "HEADROOM_WORKSPACE_DIR": "/nowhere/at/all",
        "HEADROOM_SAVINGS_PATH": "/nowhere/at/all/savings.json",
        "HEADROOM_HOST": "0.0.0.0",
        "HEADROOM_PORT": "8787",
        "HEADROOM_BUDGET": "100.0",
        "HEADROOM_MODE": "cache",
    }

    settings = Settings.read({**HOME, **environ})

    assert not [notice for notice in settings.notices if "no such variable" in notice]


@pytest.mark.parametrize(
    ("host", "is_loopback"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("proxy.example.com", False),
    ],
)
def test_loopback_is_known_by_the_host(host: str, is_loopback: bool) -> None:
    assert Settings(host=host).is_loopback is is_loopback


def test_health_tells_what_is_really_on() -> None:
    assert Settings(optimize=False).health_config() == {
        "backend": "anthropic",
        "optimize": False,
        "cache": True,
        "rate_limit": True,
        "virtual_keys": False,
        "budget": False,
        "workers": 1,
    }
    assert Settings(cache=False).health_config()["cache"] is False


def test_one_token_cannot_be_both_the_callers_and_the_operators() -> None:
    with pytest.raises(SettingsError, match="choose two"):
        Settings.read({**HOME, "HEADROOM_API_KEY": "k", "HEADROOM_ADMIN_KEY": "k"}, config={})


@pytest.mark.parametrize(
    "origin",
    ["http://gateway.example", "https://gateway.example/v1", "https://u:p@gateway.example", "g"],
)
def test_D7_only_origins_of_https_can_be_allowed(origin: str) -> None:
    with pytest.raises(SettingsError, match="--allowed-base-url"):
        Settings.read(HOME, flags={"allowed_base_urls": (origin,)}, config={})


def test_D7_an_allowed_origin_is_written_in_one_way() -> None:
    flags = {"allowed_base_urls": ("HTTPS://Gateway.example:443/",)}

    settings = Settings.read(HOME, flags=flags, config={})

    assert settings.allowed_base_urls == ("https://gateway.example",)


def test_health_tells_that_a_budget_is_set_and_not_how_much() -> None:
    for settings in (Settings(budget=0.0), Settings(tenant_budget=5.0)):
        assert settings.health_config()["budget"] is True


@pytest.mark.parametrize("name", ["LANGFUSE_BASE_URL", "LANGFUSE_OTEL_HOST", "LANGFUSE_HOST"])
def test_langfuse_is_told_by_its_own_variables(name: str) -> None:
    own = {"LANGFUSE_PUBLIC_KEY": "pk", "LANGFUSE_SECRET_KEY": "sk-lf-x", name: "https://l.example"}

    settings = Settings.read({**HOME, **own})

    assert (settings.langfuse_public_key, settings.langfuse_secret_key) == ("pk", "sk-lf-x")
    assert settings.langfuse_base_url == "https://l.example"
    assert not settings.langfuse_enabled
    assert Settings.read(settings.as_environ()) == settings
    assert "sk-lf-x" not in repr(settings)


def test_other_programs_variables_stop_no_start() -> None:
    assert not Settings.read({**HOME, "LANGFUSE_BASE_URL": "no address"}).notices


def test_S3_headers_of_exports_show_neither_in_settings_nor_in_what_is_wrong_with_them() -> None:
    good = Settings.read({**HOME, "HEADROOM_OTEL_METRICS_HEADERS": "x-key=canary"})
    assert "canary" not in repr(good)

    with pytest.raises(SettingsError) as told:
        Settings.read({**HOME, "HEADROOM_OTEL_METRICS_HEADERS": "canary"})

    assert "canary" not in str(told.value)


def test_secrets_do_not_show_when_settings_are_printed() -> None:
    assert "hunter2" not in repr(Settings(api_key="hunter2"))


def test_a_decision_for_the_default_reaches_the_worker_too() -> None:
    settings = Settings.read(HOME, flags={"port": "8787"}, config={"port": 9})

    assert settings.as_environ()["HEADROOM_PORT"] == "8787"


def test_what_nobody_decided_is_not_passed_on() -> None:
    passed = Settings.read(HOME).as_environ()

    assert set(passed) == {"HEADROOM_WORKSPACE_DIR", "HEADROOM_CONFIG_DIR"}


hosts = st.from_regex(r"[a-z]{1,9}\.example", fullmatch=True)
flags = st.fixed_dictionaries(
    {},
    optional={
        "host": hosts,
        "port": st.integers(0, 65535),
        "mode": st.sampled_from(["token", "cache", "cost_savings"]),
        "optimize": st.booleans(),
        "openai_api_url": hosts.map(lambda host: f"https://{host}/v1"),
        "connect_timeout_seconds": st.floats(0.01, 1e6),
        "allowed_hosts": st.lists(hosts, min_size=1).map(tuple),
        "budget": st.floats(0, 1e6),
        "log_file": st.just("~/log.jsonl"),
    },
)


@given(flags=flags)
def test_another_process_reads_the_same_settings_from_the_environment(
    flags: dict[str, Any],
) -> None:
    settings = Settings.read(HOME, flags=flags)

    assert Settings.read({**HOME, **settings.as_environ()}) == settings


def test_no_two_options_share_a_name() -> None:
    flags = [flag for entry in ENTRIES for flag in (entry.flag, entry.no_flag) if flag]
    variables = [name for entry in ENTRIES for name in entry.variables]

    assert len(set(flags)) == len(flags)
    assert len(set(variables)) == len(variables)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: str(entry.name))
def test_every_default_is_a_value_that_could_have_been_written(entry: Any) -> None:
    written = (
        Settings().as_environ()
        | dataclasses.replace(
            Settings(), given=frozenset(each.name for each in ENTRIES)
        ).as_environ()
    )

    settings = Settings.read({**HOME, **written})

    assert getattr(settings, entry.name) == getattr(Settings(), entry.name)
    assert entry.option.help.endswith(".")


def test_models_are_said_in_a_variable_before_the_config_folder_before_the_workspace(
    tmp_path: Path,
) -> None:
    config, workspace = tmp_path / "config", tmp_path / "workspace"
    for folder, window in ((config, 2), (workspace, 3)):
        folder.mkdir()
        (folder / "models.json").write_text(f'{{"m": {window}, "other": {window}}}')
    folders = {"HEADROOM_CONFIG_DIR": str(config), "HEADROOM_WORKSPACE_DIR": str(workspace)}
    environ = {**HOME, **folders, "HEADROOM_MODEL_LIMITS": '{"m": 1}'}

    settings = Settings.read(environ)

    assert {name: one.window for name, one in settings.own_models.items()} == {"m": 1, "other": 2}
    (config / "models.json").unlink()
    assert Settings.read({**HOME, **folders}).own_models["m"].window == 3


def test_another_process_knows_the_same_models() -> None:
    settings = Settings.read({**HOME, "HEADROOM_MODEL_LIMITS": '{"m": 1}'})

    assert Settings.read({**HOME, **settings.as_environ()}).own_models == settings.own_models


def test_models_that_cannot_be_are_told_by_the_variable() -> None:
    with pytest.raises(SettingsError, match="HEADROOM_MODEL_LIMITS: window of 'm' is 'big'"):
        Settings.read({**HOME, "HEADROOM_MODEL_LIMITS": '{"m": "big"}'})

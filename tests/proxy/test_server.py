from __future__ import annotations

import importlib

import pytest
from uvicorn.config import HTTP_PROTOCOLS

from headroom.errors import SettingsError
from headroom.proxy import server
from headroom.proxy.dispatch import App
from headroom.proxy.http import HttpProtocol
from headroom.settings import Settings


def test_importing_the_module_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    before = dict(HTTP_PROTOCOLS)
    monkeypatch.setenv("HEADROOM_PORT", "nonsense")

    importlib.reload(server)

    assert before == HTTP_PROTOCOLS


def test_the_app_for_gunicorn_reads_the_environment_and_brings_its_protocol(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(HTTP_PROTOCOLS, "auto", HTTP_PROTOCOLS["auto"])
    monkeypatch.setenv("HEADROOM_BODY_LIMIT_MB", "7")

    app = server.app

    assert isinstance(app, App)
    assert app.settings.body_limit_mb == 7
    module, _, name = HTTP_PROTOCOLS["auto"].partition(":")
    assert getattr(importlib.import_module(module), name) is HttpProtocol


def test_a_wrong_setting_is_told_when_the_app_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HEADROOM_PORT", "nonsense")

    with pytest.raises(SettingsError):
        _ = server.app


def test_under_another_server_too_the_operator_is_told_what_is_ignored(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(HTTP_PROTOCOLS, "auto", HTTP_PROTOCOLS["auto"])
    monkeypatch.setenv("HEADROOM_MODEE", "token")
    monkeypatch.setenv("HEADROOM_LANGFUSE_ENABLED", "1")
    monkeypatch.delenv("LANGFUSE_PUBLIC_KEY", raising=False)

    _ = server.app

    told = [record.getMessage() for record in caplog.records]
    assert any("HEADROOM_MODEE is ignored" in each for each in told)
    assert any("Nothing is sent to Langfuse" in each for each in told)


def test_nothing_else_is_made_up() -> None:
    with pytest.raises(AttributeError):
        _ = server.application


def test_an_app_keeps_its_settings() -> None:
    settings = Settings(port=1)

    assert server.create_app(settings).settings is settings

"""Credentials as AWS's own chain finds them, from real files and real programs."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from headroom.errors import SettingsError, UpstreamError
from headroom.proxy.backends.aws import Signer
from headroom.settings import Settings

URL = "https://bedrock-runtime.eu-west-1.amazonaws.com/model/a%3A0/invoke"
HEADERS = [("content-type", "application/json")]
KEYS = {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "secret"}
OURS = ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_SESSION_TOKEN", *KEYS)


@pytest.fixture(autouse=True)
def nothing_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in OURS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / name))


def having(monkeypatch: pytest.MonkeyPatch, variables: Mapping[str, str]) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


async def test_a_request_is_signed_for_bedrock_in_its_region(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    having(monkeypatch, {**KEYS, "AWS_SESSION_TOKEN": "session"})
    signer = Signer.made(Settings(region="eu-west-1"), {})

    signed = dict(await signer.signed(URL, HEADERS, b"{}"))

    assert signed["content-type"] == "application/json"
    assert "/eu-west-1/bedrock/aws4_request" in signed["authorization"]
    assert signed["x-amz-security-token"] == "session"


async def test_a_key_of_bedrocks_own_needs_no_signature() -> None:
    signer = Signer.made(Settings(region="eu-west-1"), {"AWS_BEARER_TOKEN_BEDROCK": "key"})

    signed = await signer.signed(URL, HEADERS, b"{}")

    assert signed == [*HEADERS, ("authorization", "Bearer key")]


def test_the_region_is_what_is_said_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    having(monkeypatch, {**KEYS, "AWS_DEFAULT_REGION": "us-west-2"})

    assert Signer.made(Settings(region="eu-west-1"), {"AWS_REGION": "a"}).region == "eu-west-1"
    assert Signer.made(Settings(), {"AWS_REGION": "ap-south-1"}).region == "ap-south-1"
    assert Signer.made(Settings(), {}).region == "us-west-2"
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    (tmp_path / "AWS_CONFIG_FILE").write_text("[default]\nregion = eu-north-1\n")
    assert Signer.made(Settings(), {}).region == "eu-north-1"


@pytest.mark.parametrize(
    ("region", "variables", "sentence"),
    [
        ("", KEYS, "needs a region: set --region"),
        ("evil.example/", KEYS, "a region such as us-east-1 is needed"),
        ("eu-west-1", {}, "finds no AWS credentials: set AWS_ACCESS_KEY_ID"),
        ("eu-west-1", {"AWS_PROFILE": "nobody"}, "nobody"),
    ],
)
def test_what_is_missing_is_told_at_start(
    region: str, variables: dict[str, str], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    having(monkeypatch, variables)

    with pytest.raises(SettingsError, match=sentence):
        Signer.made(Settings(), {"AWS_REGION": region} if region else {})


GIVER = """
import json, pathlib, time
given = pathlib.Path({given!r})
if given.exists():
    raise SystemExit("the login at intranet.example has ended")
given.touch()
end = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 60))
print(json.dumps({{"Version": 1, "AccessKeyId": "A", "SecretAccessKey": "S",
                  "SessionToken": "T", "Expiration": end}}))
"""


async def test_credentials_that_end_and_cannot_be_renewed_stop_no_more_than_the_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    program = tmp_path / "giver.py"
    program.write_text(GIVER.format(given=str(tmp_path / "given")))
    process = f"credential_process = {sys.executable} {program}"
    (tmp_path / "AWS_CONFIG_FILE").write_text(f"[default]\n{process}\n")
    signer = Signer.made(Settings(region="eu-west-1"), {})

    with pytest.raises(UpstreamError) as told:
        await signer.signed(URL, HEADERS, b"{}")

    assert "intranet" not in str(told.value)
    assert "intranet" in caplog.text

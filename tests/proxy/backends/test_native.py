"""What a cloud cannot be without is told before anybody listens."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from headroom.errors import NotServed
from headroom.proxy.backends.bedrock import Bedrock
from headroom.settings import Settings
from tests.proxy.backends.calls import call
from tests.proxy.house import NOWHERE, settings_for
from tests.support.proxy_process import clean_environ
from tests.upstream import Provider, running
from tests.upstream.bedrock import BEARER
from tests.upstream.bedrock import Bedrock as Wire

WITHOUT = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"botocore", "google"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Missing())
"""
RUN = "from headroom.cli.main import main; main()"
NOBODY = {
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "/nonexistent",
    "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
    "GOOGLE_APPLICATION_CREDENTIALS": "/nonexistent",
}


@pytest.mark.parametrize(
    ("code", "words", "sentence"),
    [
        (WITHOUT, ("bedrock",), 'not installed: pip install "headroom-ai[bedrock]"'),
        (WITHOUT, ("vertex", "--region", "global"), 'pip install "headroom-ai[vertex]"'),
        ("", ("bedrock", "--region", "eu-west-1"), "finds no AWS credentials: set"),
        ("", ("vertex", "--region", "global"), "finds no Google credentials: set"),
        ("", ("vertex",), "needs a region: set --region"),
        ("", ("bedrock", "--region", "a/b"), "a region such as us-east-1 is needed"),
        ("", ("bedrok",), "the choices are anthropic, bedrock"),
    ],
)
def test_a_backend_that_cannot_be_stops_the_start(
    code: str, words: tuple[str, ...], sentence: str, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", code + RUN, "proxy", "--port", "0", "--backend", *words],
        env={**clean_environ(tmp_path, NOWHERE), **NOBODY},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 2
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr
    assert "listens" not in done.stdout


def test_a_machine_without_any_credentials_of_googles_is_told_so_in_one_sentence(
    tmp_path: Path,
) -> None:
    environ = {**clean_environ(tmp_path, NOWHERE), "HOME": str(tmp_path), "NO_GCE_CHECK": "true"}
    environ.pop("GOOGLE_APPLICATION_CREDENTIALS", None)
    words = ("proxy", "--port", "0", "--backend", "vertex", "--region", "global")

    done = subprocess.run(
        [sys.executable, "-c", RUN, *words],
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 2
    assert done.stderr.startswith("headroom: The backend vertex finds no Google credentials")
    assert done.stderr.count("\n") == 1


async def test_a_body_that_comes_in_pieces_is_sent_whole() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for each in (b'{"model":"claude-opus-5-5","max_tokens":5,', b'"messages":[{"role":"user"',
                     b',"content":"a"}]}'):  # fmt: skip
            yield each

    with running(Wire(Provider())) as url:
        settings = settings_for(NOWHERE, region="eu-west-1", bedrock_api_url=url)
        async with Bedrock.make(settings, {"AWS_BEARER_TOKEN_BEDROCK": BEARER}) as bedrock:
            assert bedrock.is_open
            reply = await bedrock.send(call(), pieces())
            body = await reply.read()
            reply.close()

    assert reply.status == 200
    assert b'"type":"message"' in body


async def test_no_websocket_is_opened() -> None:
    settings = Settings(backend="bedrock", region="eu-west-1")
    bedrock = Bedrock.make(settings, {"AWS_BEARER_TOKEN_BEDROCK": BEARER})

    for kind in ("http", "websocket"):
        with pytest.raises(NotServed):
            await bedrock.connect(call(kind=kind))

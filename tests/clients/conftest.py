"""One simulator and one proxy process for all tests here; a fresh provider for each test."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from tests.support.proxy_process import proxy_process
from tests.upstream import Provider, Received, Reply, running


@dataclass(slots=True)
class Stage:
    """Where the provider of the present test stands; the address stays the same."""

    provider: Provider
    proxies: list[str] = field(default_factory=list)
    """Their addresses."""

    def __call__(self, received: Received) -> Reply:
        return self.provider(received)


@pytest.fixture(scope="session")
def stage() -> Stage:
    return Stage(Provider())


@pytest.fixture(scope="session")
def direct(stage: Stage) -> Iterator[str]:
    """The simulator's own address."""
    with running(stage) as url:
        yield url


@pytest.fixture(scope="session")
def proxied(stage: Stage, direct: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the proxy in front of it."""
    with proxy_process(tmp_path_factory.mktemp("workspace"), direct) as url:
        stage.proxies.append(url)
        yield url


@pytest.fixture
def provider(stage: Stage) -> Provider:
    stage.provider = Provider()
    for url in stage.proxies:
        # Each test asks for the first time.
        with urllib.request.urlopen(f"{url}/cache/clear", data=b"") as cleared:
            assert cleared.status == 200
    return stage.provider


@pytest.fixture(params=["direct", "proxied"])
def url(request: pytest.FixtureRequest, provider: Provider) -> str:
    """The address that a client is given; each test runs with both."""
    return str(request.getfixturevalue(request.param))

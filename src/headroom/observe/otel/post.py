"""What leaves with an export: exactly our headers, to exactly one address (extra `otel`).

The SDK makes messages and asks again; `requests` posts them.  This stands between the two, as the
SDK adds the headers that its own variables name to whatever it sends, takes a redirect for a
success, and tells of failures with paths, which may hold a token.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from requests import PreparedRequest, Response, Session
from requests.adapters import HTTPAdapter
from requests.exceptions import ConnectionError as NotConnected
from requests.exceptions import RequestException, Timeout
from requests.structures import CaseInsensitiveDict

TIMEOUT_S = 10.0
LEAST_S = 0.01

HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "content-type": "application/x-protobuf",
        "content-encoding": "gzip",
    }
)


class Post(HTTPAdapter):
    """Carries messages to *url*, and tells in few words why one did not arrive.

    Its errors say what may be shown: no path, no header.  The SDK sends a message again after
    NotConnected and after some statuses, and gives it up after any other RequestException.
    """

    def __init__(
        self,
        url: str,
        headers: Mapping[str, str],
        *,
        version: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        parts = urlsplit(url)
        self.url = url
        self.told = f"{parts.scheme}://{parts.netloc}"
        """The address as it may be shown."""
        self._headers = {"user-agent": f"headroom/{version}", **HEADERS}
        self._headers |= {name.lower(): value for name, value in headers.items()}
        self._clock = clock
        self._until: float | None = None
        super().__init__()

    def session(self) -> Session:
        """Where the SDK posts; no variable and no file says how."""
        session = Session()
        session.trust_env = False
        session.mount("http://", self)
        session.mount("https://", self)
        return session

    def end(self, until: float) -> None:
        """After this moment, by the clock, nothing is waited for, and nothing sent any more."""
        self._until = until

    def init_poolmanager(self, *places: Any, **more: Any) -> None:
        """The certificates that the system trusts count, as everywhere else."""
        super().init_poolmanager(*places, ssl_context=ssl.create_default_context(), **more)

    def send(
        self, request: PreparedRequest, *_places: Any, timeout: Any = TIMEOUT_S, **_more: Any
    ) -> Response:
        """Send one message.  Raises RequestException."""
        within_s = self._within_s(timeout)
        length = CaseInsensitiveDict(request.headers)["content-length"]
        request.headers = CaseInsensitiveDict({**self._headers, "content-length": length})
        try:
            answer = super().send(request, timeout=within_s)
        except Timeout as error:
            raise RequestException(f"{self.told} cannot be reached: no answer in time") from error
        except RequestException as error:
            told = f"{self.told} cannot be reached: {_why(error)}"
            raise self._kind()(told) from error
        answer.reason = f"{self.told} answered {answer.status_code}"
        if 300 <= answer.status_code < 400:
            # Another address that it names is not asked: our headers are meant for this one.
            answer.close()
            raise RequestException(answer.reason)
        return answer

    def _within_s(self, timeout: float | None) -> float:
        within_s = TIMEOUT_S if timeout is None else timeout
        if self._until is None:
            return max(within_s, LEAST_S)
        left_s = self._until - self._clock()
        if left_s <= 0:
            raise RequestException(f"{self.told} did not answer before the stop")
        return max(min(within_s, left_s), LEAST_S)

    def _kind(self) -> type[RequestException]:
        # At the end there is no time to ask again.
        return NotConnected if self._until is None else RequestException


def _why(error: BaseException) -> str:
    """What the operating system said, where it is that which said it."""
    below = error.__cause__ or error.__context__
    if below is not None:
        return _why(below)
    said = error.strerror if isinstance(error, OSError) else None
    return said or type(error).__name__

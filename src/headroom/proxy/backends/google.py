"""Google's credentials, by Google's own library (extra `vertex`)."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from headroom.errors import SettingsError, UpstreamError
from headroom.extras import install

logger = logging.getLogger(__name__)

SCOPE = "https://www.googleapis.com/auth/cloud-platform"

NO_LIBRARY = (
    "The backend vertex needs google-auth and requests, which are not installed: "
    + install("vertex")
)
NO_CREDENTIALS = (
    "The backend vertex finds no Google credentials: set GOOGLE_APPLICATION_CREDENTIALS to the "
    "file of a service account, run `gcloud auth application-default login`, or run where Google "
    "gives an account ({})."
)
UNUSABLE = "the Google credentials of this Headroom cannot be used just now; its log says more"


class Account:
    """Whoever this machine is for Google; its token is renewed as it ends."""

    def __init__(self, credentials: Any, project: str) -> None:
        self.project = project
        """Of these credentials; empty where they name none."""
        self._credentials = credentials
        self._renewing = asyncio.Lock()

    @classmethod
    def found(cls) -> Account:
        """What Google's usual chain finds; it may ask the network.  Raises SettingsError."""
        try:
            import google.auth  # noqa: PLC0415  (an extra)
            from google.auth.exceptions import GoogleAuthError  # noqa: PLC0415
            from google.auth.transport.requests import Request  # noqa: F401, PLC0415
        except ImportError as error:
            raise SettingsError(NO_LIBRARY) from error
        # What it warns of before it gives up is told by our own sentence.
        logging.getLogger("google.auth._default").setLevel(logging.ERROR)
        try:
            credentials, project = google.auth.default(scopes=[SCOPE])
        except (GoogleAuthError, OSError, ValueError) as error:
            raise SettingsError(NO_CREDENTIALS.format(type(error).__name__)) from error
        return cls(credentials, project or "")

    async def headers(self) -> list[tuple[str, str]]:
        """What proves who asks.  Raises UpstreamError."""
        async with self._renewing:
            if not self._credentials.valid:
                await asyncio.to_thread(self._renew)
        headers: dict[str, str] = {}
        self._credentials.apply(headers)
        return [(name.lower(), value) for name, value in headers.items()]

    def _renew(self) -> None:
        from google.auth.exceptions import GoogleAuthError  # noqa: PLC0415
        from google.auth.transport.requests import Request  # noqa: PLC0415

        try:
            self._credentials.refresh(Request())
        except GoogleAuthError as error:
            # It names files, accounts and addresses of the operator.
            logger.warning("no token of Google's can be had: %s", error)
            raise UpstreamError(UNUSABLE) from error

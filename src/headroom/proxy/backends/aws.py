"""AWS's credentials and signatures, by AWS's own library (extra `bedrock`)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from headroom.errors import SettingsError, UpstreamError
from headroom.extras import needed
from headroom.options import read_region
from headroom.settings import Settings

logger = logging.getLogger(__name__)

SERVICE = "bedrock"
BEARER = "AWS_BEARER_TOKEN_BEDROCK"
"""A key of Bedrock's own, which needs no signature."""

NO_REGION = "The backend bedrock needs a region: set --region (HEADROOM_REGION) or AWS_REGION."
NO_CREDENTIALS = (
    "The backend bedrock finds no AWS credentials: set AWS_ACCESS_KEY_ID and "
    f"AWS_SECRET_ACCESS_KEY, AWS_PROFILE or {BEARER}, or run where AWS gives a role."
)
UNUSABLE = "the AWS credentials of this Headroom cannot be used just now; its log says more"

Headers = list[tuple[str, str]]


class Signer:
    """Signs requests to Bedrock with the credentials of this machine, renewed as they end."""

    def __init__(self, region: str, credentials: Any, bearer: str) -> None:
        self.region = region
        self._credentials = credentials
        self._bearer = bearer

    @classmethod
    def made(cls, settings: Settings, environ: Mapping[str, str]) -> Signer:
        """With what the usual chain of AWS finds; it may ask the network.  Raises SettingsError."""
        with needed("The backend bedrock", "bedrock"):
            import botocore.exceptions  # noqa: PLC0415  (an extra)
            import botocore.session  # noqa: PLC0415
        bearer = environ.get(BEARER, "").strip()
        session = botocore.session.get_session()
        try:
            region = settings.region or environ.get("AWS_REGION", "")
            region = region or session.get_config_variable("region") or ""
            credentials = None if bearer else session.get_credentials()
        except botocore.exceptions.BotoCoreError as error:
            raise SettingsError(
                f"The backend bedrock cannot use AWS's settings: {error}"
            ) from error
        if not region:
            raise SettingsError(NO_REGION)
        if credentials is None and not bearer:
            raise SettingsError(NO_CREDENTIALS)
        try:
            return cls(read_region(region), credentials, bearer)
        except ValueError as error:
            raise SettingsError(f"The region of AWS is {region!r}, but {error}.") from error

    async def signed(self, url: str, headers: Headers, body: bytes) -> Headers:
        """The *headers* of a POST with what proves who sends it.  Raises UpstreamError."""
        if self._bearer:
            return [*headers, ("authorization", f"Bearer {self._bearer}")]
        # Credentials that end are renewed over the network, and bodies are hashed whole.
        return await asyncio.to_thread(self._signed, url, headers, body)

    def _signed(self, url: str, headers: Headers, body: bytes) -> Headers:
        from botocore.auth import SigV4Auth  # noqa: PLC0415
        from botocore.awsrequest import AWSRequest  # noqa: PLC0415
        from botocore.exceptions import BotoCoreError  # noqa: PLC0415

        request = AWSRequest(method="POST", url=url, headers=dict(headers), data=body)
        try:
            frozen = self._credentials.get_frozen_credentials()
            SigV4Auth(frozen, SERVICE, self.region).add_auth(request)
        except BotoCoreError as error:
            # It names files, roles and addresses of the operator.
            logger.warning("a request to Bedrock cannot be signed: %s", error)
            raise UpstreamError(UNUSABLE) from error
        return [(name.lower(), value) for name, value in request.headers.items()]

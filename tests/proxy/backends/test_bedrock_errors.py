from __future__ import annotations

import pytest

from headroom.proxy.backends.bedrock_errors import kind_of, told

KIND = b"x-amzn-errortype"


@pytest.mark.parametrize(
    ("status", "kind", "body", "found"),
    [
        (429, b"ThrottlingException:http://internal/", b'{"message":"Too many tokens"}',
         (429, "ThrottlingException: Too many tokens")),
        (400, b"ServiceQuotaExceededException", b'{"Message":"No more"}',
         (429, "ServiceQuotaExceededException: No more")),
        (400, b"ValidationException", b'{"message":"prompt is too long: 9 > 8"}',
         (400, "ValidationException: prompt is too long: 9 > 8")),
        (403, b"", b'{"message":"You may not."}', (403, "status 403: You may not.")),
        (403, b"", b'{"__type":"com.amazon.coral.service#AccessDeniedException","message":"No."}',
         (403, "AccessDeniedException: No.")),
        (408, b"ModelTimeoutException", b'{"message":"Late."}',
         (504, "ModelTimeoutException: Late.")),
        (424, b"ModelErrorException", b'{"originalMessage":"Odd."}',
         (500, "ModelErrorException: Odd.")),
        (503, b"ServiceUnavailableException", b"",
         (529, "Bedrock says ServiceUnavailableException")),
        (502, b"", b"<html>", (502, "Bedrock says status 502")),
        (302, b"", b"[]", (502, "Bedrock says status 302")),
    ],
)  # fmt: skip
def test_an_error_of_aws_has_a_status_and_its_own_words(
    status: int, kind: bytes, body: bytes, found: tuple[int, str]
) -> None:
    headers = [(KIND, kind)] if kind else []

    assert told(status, headers, body) == found


def test_a_kind_is_the_same_however_it_is_written() -> None:
    written = ("throttlingException", "ThrottlingException:http://a/b", "a.b#ThrottlingException")

    assert {kind_of(each) for each in written} == {"ThrottlingException"}

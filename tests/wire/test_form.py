"""The parts of a form, as the SDKs and curl write them."""

from __future__ import annotations

import pytest

from headroom.errors import UnreadableBody
from headroom.wire.form import Part, boundary_in, parts_of

FORM = (
    b'--x1\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n'
    b'--x1\r\nContent-Disposition: form-data; name="file"; filename="a \xc3\xbc.jsonl"\r\n'
    b"Content-Type: application/octet-stream\r\n\r\n{}\n{}\r\n\r\n--x1--\r\n"
)


def read(form: bytes, boundary: bytes = b"x1") -> dict[str, bytes]:
    return {part.name: form[slice(*part.span)] for part in parts_of(form, boundary)}


def test_each_part_has_its_name_and_its_bytes() -> None:
    assert read(FORM) == {"purpose": b"batch", "file": b"{}\n{}\r\n"}


def test_a_part_may_be_empty() -> None:
    form = b'--b\r\ncontent-disposition:form-data; name="file"\r\n\r\n\r\n--b--'

    assert read(form, b"b") == {"file": b""}
    at = form.index(b"\r\n\r\n") + 4
    assert parts_of(form[:at] + b"--b--", b"b") == [Part("file", (at, at))]


@pytest.mark.parametrize(
    "form",
    [
        b"", FORM[1:], FORM[:40], FORM[:-20], FORM.replace(b"name=", b"nom="),
        FORM.replace(b"Content-Type", b"Content-Transfer-Encoding: base64\r\nContent-Type"),
        FORM.replace(b"Content-Type", b"Content-Length: 7\r\nContent-Type"),
        FORM.replace(b"\r\n\r\nbatch", b"\nbatch"),
        b"--x1\r\n" + b"a" * 10_000 + b"\r\n\r\n\r\n--x1--",
        (b'--x1\r\ncontent-disposition: form-data; name="a"\r\n\r\nb\r\n' * 40) + b"--x1--",
    ],
)  # fmt: skip
def test_a_form_that_is_not_as_it_should_be_is_unreadable(form: bytes) -> None:
    with pytest.raises(UnreadableBody):
        parts_of(form, b"x1")


@pytest.mark.parametrize(
    ("kind", "boundary"),
    [
        ("multipart/form-data; boundary=abc", b"abc"),
        ('Multipart/Form-Data; charset=utf-8; boundary="a b"', b"a b"),
        ("multipart/form-data;boundary=----WebKit1", b"----WebKit1"),
        ("multipart/form-data", b""),
        ("multipart/mixed; boundary=abc", b""),
        ("application/json", b""),
        ("", b""),
        ("multipart/form-data; boundary=" + "a" * 71, b"a" * 70),
    ],
)
def test_the_boundary_is_told_by_the_content_type(kind: str, boundary: bytes) -> None:
    assert boundary_in(kind) == boundary

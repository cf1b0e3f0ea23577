"""How the text of an option becomes a value."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom import options
from headroom.options import Kind


@pytest.mark.parametrize("word", ["true", "1", "yes", "on", "ON", "True"])
def test_a_switch_is_on_in_every_usual_spelling(word: str) -> None:
    assert options.SWITCH.read(word) is True


@pytest.mark.parametrize("word", ["false", "0", "no", "off", "disable", "Disabled"])
def test_a_switch_is_off_in_every_usual_spelling(word: str) -> None:
    assert options.SWITCH.read(word) is False


def test_a_switch_refuses_other_words() -> None:
    with pytest.raises(ValueError, match="true or false"):
        options.SWITCH.read("maybe")


@pytest.mark.parametrize(
    ("url", "read"),
    [
        ("https://api.example.com", "https://api.example.com"),
        ("https://api.example.com/", "https://api.example.com"),
        ("https://api.example.com/v1", "https://api.example.com"),
        ("https://api.example.com/v1/", "https://api.example.com"),
        ("https://gateway.example.com/team/openai/v1", "https://gateway.example.com/team/openai"),
        ("https://gateway.example.com/v1/openai", "https://gateway.example.com/v1/openai"),
        ("http://127.0.0.1:8080//", "http://127.0.0.1:8080"),
        ("http://[::1]:8080/v1", "http://[::1]:8080"),
        ("HTTPS://api.example.com", "https://api.example.com"),
    ],
)
def test_an_api_url_loses_its_slash_and_version_and_keeps_its_prefix(url: str, read: str) -> None:
    assert options.VERSIONED_API_URL.read(url) == read


def test_an_unversioned_api_url_keeps_a_version() -> None:
    assert options.API_URL.read("https://g.example.com/v1/") == "https://g.example.com/v1"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.example.com",
        "ftp://api.example.com",
        "https://",
        "https:///v1",
        "https://api.example.com:99999",
        "https://api.example.com:port",
        "https://[::1",
        "https://api.example.com/a b",
        "https://api.example.com\\v1",
        "https://api.example.com/\nx",
        "https://key:secret@api.example.com",
        "https://api.example.com?key=1",
        "https://api.example.com/#top",
        "file:///etc/passwd",
    ],
)
def test_what_is_not_an_api_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"needed|neither"):
        options.VERSIONED_API_URL.read(url)


@pytest.mark.parametrize("port", ["0", "1", "8787", "65535"])
def test_a_port_is_a_whole_number(port: str) -> None:
    assert options.PORT.read(port) == int(port)


@pytest.mark.parametrize("port", ["", "-1", "65536", "8_0", "٨", "80.0", "1e3", "9" * 5000])
def test_what_is_not_a_port_is_refused(port: str) -> None:
    with pytest.raises(ValueError, match="from 0 to 65535"):
        options.PORT.read(port)


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "inf", "1e999", "soon", ""])
def test_seconds_are_finite_and_more_than_none(seconds: str) -> None:
    with pytest.raises(ValueError, match="number of seconds above 0"):
        options.SECONDS.read(seconds)


@pytest.mark.parametrize("dollars", ["-0.01", "nan", "inf", "ten", "$5"])
def test_dollars_are_finite_and_not_negative(dollars: str) -> None:
    with pytest.raises(ValueError, match="amount in dollars"):
        options.DOLLARS.read(dollars)


def test_zero_dollars_are_a_budget() -> None:
    assert options.DOLLARS.read("0") == 0.0


def test_a_choice_is_read_whatever_its_case_and_by_its_older_names() -> None:
    colour = options.choice(("red", "blue"), {"scarlet": "red"})

    assert [colour.read(word) for word in ("red", "BLUE", "Scarlet")] == ["red", "blue", "red"]


def test_a_wrong_choice_is_told_the_choices() -> None:
    with pytest.raises(ValueError, match="the choices are red and blue"):
        options.choice(("red", "blue")).read("green")


def test_host_names_are_split_lower_cased_and_told_once() -> None:
    assert options.HOST_NAMES.read("One.example, two.example.,,one.EXAMPLE") == (
        "one.example",
        "two.example",
    )


@pytest.mark.parametrize("name", ["https://one.example", "one.example:80", "a b", "*", "[::1]"])
def test_a_host_name_comes_without_scheme_and_port(name: str) -> None:
    with pytest.raises(ValueError, match="without scheme and port"):
        options.HOST_NAMES.read(name)


def test_an_origin_is_scheme_host_and_port() -> None:
    assert options.ORIGINS.read("https://One.example:8443/,chrome-extension://abc") == (
        "https://one.example:8443",
        "chrome-extension://abc",
    )


@pytest.mark.parametrize("origin", ["one.example", "https://one.example/page", "*", "null"])
def test_what_is_not_an_origin_is_refused(origin: str) -> None:
    with pytest.raises(ValueError, match="an origin such as"):
        options.ORIGINS.read(origin)


@pytest.mark.parametrize(
    ("host", "read"), [("0.0.0.0", "0.0.0.0"), ("[::1]", "::1"), ("my-host", "my-host")]
)
def test_a_listening_host_is_a_name_or_an_address(host: str, read: str) -> None:
    assert options.LISTENING_HOST.read(host) == read


@pytest.mark.parametrize("host", ["", "http://localhost", "local host", "a/b"])
def test_what_is_not_a_listening_host_is_refused(host: str) -> None:
    with pytest.raises(ValueError, match="a host name or an address"):
        options.LISTENING_HOST.read(host)


def test_an_empty_path_is_no_path() -> None:
    with pytest.raises(ValueError, match="a path is needed"):
        options.FILE.read("")


KINDS = [value for value in vars(options).values() if isinstance(value, Kind)]


@given(kind=st.sampled_from(KINDS), text=st.text())
def test_every_kind_reads_any_text_or_says_what_is_needed(kind: Kind, text: str) -> None:
    try:
        kind.read(text.strip())
    except ValueError as error:
        assert "\n" not in str(error)


@given(st.floats(min_value=0.001, max_value=1e9))
def test_seconds_read_what_is_written(seconds: float) -> None:
    found = options.SECONDS.read(str(seconds))

    assert isinstance(found, float)
    assert math.isclose(found, seconds)


@given(st.text(alphabet="htps:/.v1[]@ab?#", max_size=40))
def test_an_api_url_that_was_read_reads_as_itself(text: str) -> None:
    try:
        once = options.API_URL.read(text)
    except ValueError:
        return

    assert isinstance(once, str)
    assert options.API_URL.read(once) == once


def test_pairs_are_read_as_opentelemetry_writes_them() -> None:
    assert options.pairs_of(" a=b , authorization=Basic%20eA== ,c=") == {
        "a": "b",
        "authorization": "Basic eA==",
        "c": "",
    }
    assert options.pairs_of("") == {}


@pytest.mark.parametrize("text", ["a", "=b", "a b=c", "a=b,c"])
def test_what_is_no_pair_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="name=value is needed"):
        options.PAIRS.read(text)


@pytest.mark.parametrize("text", ["a:b=c", "a=b%0d%0ax-other: c", "a=%00", "a=\u20ac"])
def test_what_no_header_can_hold_is_told_without_showing_it(text: str) -> None:
    with pytest.raises(ValueError, match="is none that a header can have") as told:
        options.HEADERS.read(text)

    assert text not in str(told.value)
    assert options.HEADERS.read("x-key=a%20b") == "x-key=a%20b"


def test_an_exporter_may_be_any_word_in_one_spelling() -> None:
    assert options.EXPORTER.read("OTLP-HTTP") == "otlp_http"
    assert options.EXPORTER.read("grpc") == "grpc"

"""What leaves with an export, by the SDK's own exporter."""

from __future__ import annotations

import socket
import threading
import time

import pytest
from opentelemetry.sdk.trace import TracerProvider
from requests import Request, Response
from requests.exceptions import ConnectionError as NotConnected
from requests.exceptions import RequestException

from headroom.observe.otel.post import Post
from headroom.observe.otel.providers import span_exporter
from tests.support.collector import Collector, collector

MESSAGE = b"a message"


def posted(url: str, within_s: float = 5.0, post: Post | None = None) -> Response:
    """What came of posting a message as the SDK does."""
    post = post or Post(url, {"x-key": "secret"}, version="1.2")
    with post.session() as session:
        request = session.prepare_request(Request("POST", url, data=MESSAGE))
        answer = post.send(request, timeout=within_s)
        assert answer.content == b""
        return answer


def refused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def exported(receiver: Collector, post: Post) -> None:
    provider = TracerProvider(shutdown_on_exit=False)
    span = provider.get_tracer("t").start_span("s")
    span.end()
    exporter = span_exporter(post)
    exporter.export([span])  # type: ignore[list-item]  # the SDK's own span
    exporter.shutdown()


def test_a_message_has_our_headers_those_that_were_given_and_no_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-theirs=secret,content-type=text/plain")
    with collector() as receiver:
        url = f"{receiver.url}/v1/traces"
        exported(receiver, Post(url, {"Authorization": "Basic eA=="}, version="1.2"))

        host = receiver.url.removeprefix("http://")

    (one,) = receiver.posted
    assert one.path == "/v1/traces"
    assert {name: text for name, text in one.headers.items() if name != "content-length"} == {
        "host": host,
        "accept-encoding": "identity",
        "authorization": "Basic eA==",
        "content-encoding": "gzip",
        "content-type": "application/x-protobuf",
        "user-agent": "headroom/1.2",
    }
    assert [span.name for span in receiver.spans()] == ["s"]


def test_D8_another_address_that_it_names_is_never_asked() -> None:
    with collector() as other, collector(307) as receiver:
        receiver.headers["location"] = f"{other.url}/v1/traces"

        with pytest.raises(RequestException, match=r"answered 307$"):
            posted(f"{receiver.url}/v1/traces")
        exported(receiver, Post(f"{receiver.url}/v1/traces", {"x-key": "k"}, version="1"))

    assert not other.posted
    assert len(receiver.posted) == 2


def test_what_it_answers_is_told_with_its_address() -> None:
    with collector(401) as receiver:
        answer = posted(receiver.url)

    assert (answer.status_code, answer.reason) == (401, f"{receiver.url} answered 401")


def test_S3_what_went_wrong_names_neither_path_nor_headers_and_may_be_tried_again() -> None:
    port = refused_port()

    with pytest.raises(NotConnected) as told:
        posted(f"http://127.0.0.1:{port}/token-in-a-path")

    assert str(told.value) == f"http://127.0.0.1:{port} cannot be reached: Connection refused"


def test_who_does_not_answer_is_not_waited_for_longer_than_said() -> None:
    with collector(None) as receiver:
        begun = time.monotonic()
        with pytest.raises(RequestException, match="no answer in time"):
            posted(receiver.url, 0.1)

    assert time.monotonic() - begun < 5


def test_T4_at_the_end_nothing_is_waited_for_or_tried_again() -> None:
    with collector(None) as receiver:
        post = Post(receiver.url, {}, version="1")
        post.end(time.monotonic() + 0.1)
        begun = time.monotonic()
        with pytest.raises(RequestException, match="no answer in time"):
            posted(receiver.url, 60.0, post)
        with pytest.raises(RequestException, match="did not answer before the stop"):
            posted(receiver.url, 60.0, post)
        assert time.monotonic() - begun < 5
    assert len(receiver.posted) == 1

    url = f"http://127.0.0.1:{refused_port()}"
    post = Post(url, {}, version="1")
    post.end(time.monotonic() + 5)
    with pytest.raises(RequestException, match="Connection refused") as told:
        posted(url, 60.0, post)
    assert not isinstance(told.value, NotConnected)


def test_who_speaks_no_http_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(b"hello\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(RequestException, match="BadStatusLine"):
            posted(f"http://127.0.0.1:{listener.getsockname()[1]}")
        thread.join()


def test_no_variable_and_no_file_says_how_it_is_posted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    post = Post("http://collector.example", {}, version="1")

    settings = post.session().merge_environment_settings(
        "http://collector.example", {}, None, None, None
    )

    assert not settings["proxies"]

"""Messages over HTTP."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from headroom.observe.otel.post import Post, Undelivered
from tests.support.collector import collector

MESSAGE = b"a message " * 50


def test_a_message_arrives_packed_with_our_headers_and_those_that_were_given() -> None:
    with collector() as receiver:
        post = Post(f"{receiver.url}/v1/traces", {"Authorization": "Basic eA=="}, version="1.2")

        post.send(MESSAGE)

    (posted,) = receiver.posted
    assert (posted.path, posted.plain) == ("/v1/traces", MESSAGE)
    assert posted.headers["content-type"] == "application/x-protobuf"
    assert posted.headers["content-encoding"] == "gzip"
    assert posted.headers["user-agent"] == "headroom/1.2"
    assert posted.headers["authorization"] == "Basic eA=="


@pytest.mark.parametrize(
    ("status", "again"), [(400, False), (401, False), (413, False), (429, True), (503, True)]
)
def test_what_it_answers_says_whether_the_same_may_be_sent_again(status: int, again: bool) -> None:
    refused = pytest.raises(Undelivered, match=f"answered {status}")
    with collector(status) as receiver, refused as told:
        Post(receiver.url, {}, version="1").send(MESSAGE)

    assert told.value.again is again


def test_D8_another_address_that_it_names_is_never_asked() -> None:
    with collector() as other, collector(307) as receiver:
        receiver.headers["location"] = f"{other.url}/v1/traces"

        with pytest.raises(Undelivered, match="answered 307"):
            Post(f"{receiver.url}/v1/traces", {"x-key": "secret"}, version="1").send(MESSAGE)

    assert not other.posted


def test_S3_what_went_wrong_names_neither_path_nor_headers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    post = Post(f"http://127.0.0.1:{port}/token-in-a-path", {"x-key": "secret"}, version="1")

    with pytest.raises(Undelivered) as told:
        post.send(MESSAGE)

    assert told.value.again
    assert str(told.value) == f"http://127.0.0.1:{port} cannot be reached: Connection refused"


def test_who_does_not_answer_is_not_waited_for_longer_than_said() -> None:
    with collector(None) as receiver:
        begun = time.monotonic()
        with pytest.raises(Undelivered, match="no answer in time"):
            Post(receiver.url, {}, version="1").send(MESSAGE, within_s=0.1)

    assert time.monotonic() - begun < 5


def test_who_speaks_no_http_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(b"hello\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises(Undelivered, match="BadStatusLine"):
            Post(url, {}, version="1").send(MESSAGE)
        thread.join()


def test_a_message_that_is_under_way_can_be_let_go() -> None:
    with collector(None) as receiver:
        post = Post(receiver.url, {}, version="1")
        failed: list[Undelivered] = []

        def send() -> None:
            try:
                post.send(MESSAGE)
            except Undelivered as error:
                failed.append(error)

        thread = threading.Thread(target=send)
        thread.start()
        receiver.wait_for(1)
        post.give_up()
        thread.join(5)

        assert not thread.is_alive()
    assert [str(error) for error in failed] == [
        f"{receiver.url} cannot be reached: no answer before the stop"
    ]
    post.give_up()

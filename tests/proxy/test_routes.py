from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom.proxy.routes import find_route, normalise


@pytest.mark.parametrize(
    ("path", "dialect", "sent"),
    [
        (b"/v1/messages", "anthropic", b"/v1/messages"),
        (b"/v1/chat/completions", "openai_chat", b"/v1/chat/completions"),
        (b"/v1/responses", "openai_responses", b"/v1/responses"),
        (b"/chat/completions", "openai_chat", b"/v1/chat/completions"),
        (b"/responses", "openai_responses", b"/v1/responses"),
        (b"/v1//messages", "anthropic", b"/v1//messages"),
        (b"/v1/mess%61ges/", "anthropic", b"/v1/mess%61ges/"),
        (b"/x/../v1/messages", "anthropic", b"/x/../v1/messages"),
        (b"/messages", "", b"/messages"),
        (b"/v1/messages/count_tokens", "anthropic", b"/v1/messages/count_tokens"),
        (b"/v1/responses/compact", "openai_responses", b"/v1/responses/compact"),
        (b"/v1/responses/resp_1", "", b"/v1/responses/resp_1"),
        (b"/v1/responses/resp_1/cancel", "", b"/v1/responses/resp_1/cancel"),
        (b"/V1/Messages", "", b"/V1/Messages"),
    ],
)
def test_a_path_is_matched_normalised_and_sent_as_it_came(
    path: bytes, dialect: str, sent: bytes
) -> None:
    route = find_route("POST", path, [])

    assert (route.format, route.path) == (dialect, sent)


def test_only_posts_are_planned() -> None:
    assert find_route("GET", b"/v1/responses", []).format == ""


@pytest.mark.parametrize(
    ("path", "header", "provider", "sent"),
    [
        (b"/v1/messages/batches/b/results", b"x", "anthropic", b"/v1/messages/batches/b/results"),
        (b"/v1/complete", b"x", "anthropic", b"/v1/complete"),
        (b"/v1/models", b"x", "openai", b"/v1/models"),
        (b"/v1/models", b"x-api-key", "anthropic", b"/v1/models"),
        (b"/v1/models", b"anthropic-version", "anthropic", b"/v1/models"),
        (b"/v1/models", b"x-goog-api-key", "gemini", b"/v1/models"),
        (b"/v1/files/f", b"authorization", "openai", b"/v1/files/f"),
        (b"/models", b"authorization", "openai", b"/v1/models"),
        (b"/models/gpt%2Fx", b"authorization", "openai", b"/v1/models/gpt%2Fx"),
        (b"/models", b"x-api-key", "anthropic", b"/v1/models"),
        (b"/embeddings", b"x", "openai", b"/v1/embeddings"),
        (b"/responses/resp_1", b"x", "openai", b"/v1/responses/resp_1"),
        (b"/modelsx", b"x", "openai", b"/modelsx"),
        (b"/v1beta/models/g:generateContent", b"x", "gemini", b"/v1beta/models/g:generateContent"),
        (b"/v1beta/openai/chat/completions", b"x", "gemini", b"/v1beta/openai/chat/completions"),
        (b"/v1/models/g:generateContent", b"x", "gemini", b"/v1/models/g:generateContent"),
        (b"/v1/models/ft:gpt-4o:org::id", b"x", "openai", b"/v1/models/ft:gpt-4o:org::id"),
        (b"/v1/files", b"anthropic-beta", "anthropic", b"/v1/files"),
        (b"/upload/v1beta/files", b"x", "gemini", b"/upload/v1beta/files"),
        (b"/v1/chat/completions/id", b"x-api-key", "openai", b"/v1/chat/completions/id"),
        (b"/anything", b"x", "openai", b"/anything"),
    ],
)
def test_the_provider_is_found_by_path_then_by_credentials(
    path: bytes, header: bytes, provider: str, sent: bytes
) -> None:
    route = find_route("GET", path, [(header, b"k")])

    assert (route.provider, route.path) == (provider, sent)


@pytest.mark.parametrize(
    ("credential", "provider"),
    [
        (b"Bearer sk-ant-oat01-x", "anthropic"),
        (b"bearer sk-ant-api03-x", "anthropic"),
        (b"Bearer sk-proj-x", "openai"),
    ],
)
def test_a_key_goes_to_the_provider_that_it_is_for(credential: bytes, provider: str) -> None:
    route = find_route("GET", b"/api/oauth/profile", [(b"authorization", credential)])

    assert route.provider == provider


@given(st.text("/.%2eFab", max_size=30))
def test_normalising_twice_changes_nothing_more_than_decoding_does(path: str) -> None:
    once = normalise(b"/" + path.encode())

    assert once.startswith("/")
    assert "//" not in once
    assert "/../" not in once
    assert once == "/" or not once.endswith("/")


ACCOUNT = (b"chatgpt-account-id", b"a")


@pytest.mark.parametrize(
    ("path", "dialect", "sent"),
    [
        (b"/v1/responses", "openai_responses", b"/backend-api/codex/responses"),
        (b"/responses", "openai_responses", b"/backend-api/codex/responses"),
        (b"/v1/responses/compact", "openai_responses", b"/backend-api/codex/responses/compact"),
        (b"/v1/models", "", b"/backend-api/codex/models"),
        (b"/backend-api/codex/responses", "openai_responses", b"/backend-api/codex/responses"),
        (b"/backend-api/wham/usage", "", b"/backend-api/wham/usage"),
    ],
)
def test_a_login_of_chatgpt_goes_to_chatgpt(path: bytes, dialect: str, sent: bytes) -> None:
    route = find_route("POST", path, [(b"authorization", b"Bearer eyJ"), ACCOUNT])

    assert (route.by_login, route.provider) == (True, "openai")
    assert (route.format, route.path) == (dialect, sent)


@pytest.mark.parametrize("key", [b"Bearer sk-proj-1", b"Bearer hk-1", b"bearer SK-1"])
def test_D7_a_key_does_not_go_to_chatgpt(key: bytes) -> None:
    route = find_route("POST", b"/v1/responses", [(b"authorization", key), ACCOUNT])

    assert (route.by_login, route.path) == (False, b"/v1/responses")


def test_only_requests_to_openai_go_to_chatgpt() -> None:
    assert not find_route("POST", b"/v1/messages", [ACCOUNT]).by_login
    assert not find_route("POST", b"/v1beta/models/g:generateContent", [ACCOUNT]).by_login


@pytest.mark.parametrize(
    ("path", "dialect", "model", "streams", "replays"),
    [
        (b"/v1beta/models/gemini-3-pro:generateContent", "gemini", "gemini-3-pro", False, False),
        (b"/v1/models/gemini-x:streamGenerateContent", "gemini", "gemini-x", True, False),
        (b"/v1beta/tunedModels/mine:generateContent", "gemini", "mine", False, False),
        (b"/v1beta/models/gemini-3-pro:countTokens", "gemini", "gemini-3-pro", False, True),
        (
            b"/v1beta1/projects/p/locations/l/publishers/google/models/g:generateContent",
            "gemini",
            "g",
            False,
            False,
        ),
        (b"/v1beta/models/gemini-3-pro:embedContent", "", "gemini-3-pro", False, False),
        (b"/v1beta/models/gemini-3-pro", "", "", False, False),
        (b"/v1beta/models/a/b:generateContent", "", "", False, False),
    ],
)
def test_gemini_names_model_and_method_in_the_path(
    path: bytes, dialect: str, model: str, streams: bool, replays: bool
) -> None:
    route = find_route("POST", path, [(b"x-goog-api-key", b"k")])

    assert route.provider == "gemini"
    assert (route.format, route.model) == (dialect, model)
    assert (route.streams, route.replays) == (streams, replays)
    assert route.path == path
    assert find_route("GET", path, [(b"x-goog-api-key", b"k")]).format == ""

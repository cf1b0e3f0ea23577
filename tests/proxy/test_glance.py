"""What a body asks for, without reading it as a conversation."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom.outcome import Terms
from headroom.proxy.glance import NOTHING, Glance, glance, glance_at

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def test_model_answer_and_terms_are_seen() -> None:
    body = {"model": "m", "max_tokens": 7, "n": 2, "stream": True, "service_tier": "priority"}

    seen = glance(json.dumps(body).encode())

    assert seen == Glance("m", 7, 2, is_streaming=True, terms=Terms("priority"))


@pytest.mark.parametrize(
    "name", ["max_tokens", "max_completion_tokens", "max_output_tokens", "max_tokens_to_sample"]
)
def test_every_dialect_says_how_long_an_answer_may_be(name: str) -> None:
    assert glance(json.dumps({name: 9}).encode()).most_answer == 9


def test_gemini_says_it_in_its_own_way() -> None:
    config = {"maxOutputTokens": 9, "candidateCount": 3}

    seen = glance(json.dumps({"generationConfig": config}).encode())

    assert (seen.most_answer, seen.answers) == (9, 3)


def test_gemini_may_say_it_with_underscores() -> None:
    config = {"max_output_tokens": 9, "candidate_count": 3}

    seen = glance(json.dumps({"generation_config": config}).encode())

    assert (seen.most_answer, seen.answers) == (9, 3)


def test_only_the_models_own_place_counts() -> None:
    told = {"metadata": {"model": "cheap"}, "model": "dear", "input": '"model": "cheap"'}

    assert glance(json.dumps(told).encode()).model == "dear"


def test_odd_text_keeps_the_model_from_nobody() -> None:
    assert glance(b'{"input": "\\ud800", "model": "m"}').model == "m"
    assert glance(b'{"input": NaN, "model": "m"}').model == "m"
    assert glance(b'{"model": "m", "input": "cut').model == "m"


def test_a_form_of_several_parts_names_the_model_too() -> None:
    form = (
        b'--x\r\nContent-Disposition: form-data; name="model"\r\n\r\nwhisper-1\r\n--x\r\n'
        b'Content-Disposition: form-data; name="file"; filename="a"\r\n\r\n\x00\xff'
    )

    assert glance_at(form).model == "whisper-1"


def test_what_stands_within_a_text_is_no_model() -> None:
    assert glance_at(b'{"input": "say \\"model\\": \\"cheap\\" twice') == NOTHING


@given(st.dictionaries(st.sampled_from(["model", "n", "max_tokens", "generationConfig"]), JSON))
def test_A1_no_member_of_any_kind_is_an_error(body: dict[str, object]) -> None:
    assert glance(json.dumps(body).encode()).answers >= 1


@given(st.binary(max_size=200))
def test_A1_no_bytes_are_an_error(body: bytes) -> None:
    assert glance(body).answers >= 1

"""Counting tokens, offline."""

from __future__ import annotations

import hashlib
import zlib
from base64 import b64encode
from importlib import resources

import msgspec
import pytest

from headroom.tokens import Calibration, Counter, tokenizer_said

# Of o200k_base.tiktoken, by tiktoken's own code.
PUBLISHED_SHA256 = "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"


@pytest.fixture(scope="module")
def counter() -> Counter:
    return Counter.load()


def test_the_vocabulary_is_the_one_that_was_published() -> None:
    file = resources.files("headroom.vocabulary").joinpath("o200k_base.msgpack.zlib")
    tokens = msgspec.msgpack.decode(zlib.decompress(file.read_bytes()), type=list[bytes])
    lines = (b"%s %d\n" % (b64encode(token), rank) for rank, token in enumerate(tokens))

    assert hashlib.sha256(b"".join(lines)).hexdigest() == PUBLISHED_SHA256


@pytest.mark.parametrize(
    # Counts by tiktoken's own o200k_base.
    ("text", "tokens"),
    [
        ("", 0),
        ("hello world", 2),
        ("hello world, how are you doing today?", 9),
        ("def main():\n    return 0\n", 8),
        ("日本語のテキスト", 6),
    ],
)
def test_texts_count_as_the_vocabulary_says(counter: Counter, text: str, tokens: int) -> None:
    assert counter.count(text) == tokens


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("gpt-5.5", "o200k_base"),
        ("gpt-4.1-mini", "o200k_base"),
        ("gpt-oss-120b", "o200k_base"),
        ("gpt-4", "o200k_base (estimate)"),
        ("claude-opus-5-5", "o200k_base (estimate)"),
        ("a-model-of-tomorrow", "o200k_base (estimate)"),
        ("", "o200k_base (estimate)"),
    ],
)
def test_a_model_of_another_vocabulary_is_said_to_be_estimated(model: str, said: str) -> None:
    assert tokenizer_said(model) == said


def test_a_text_counts_the_same_when_it_is_seen_again(counter: Counter) -> None:
    text = "a line of log output with a number 12345\n" * 40

    assert counter.count(text) == counter.count(text)


def test_a_lone_surrogate_is_counted_and_not_refused(counter: Counter) -> None:
    assert counter.count("\ud800" * 40) > 0


@pytest.mark.parametrize("unit", ["a", " ", "\n", "[]", "1", "é中", "a b\n"])
def test_a_long_text_of_one_kind_is_counted_in_pieces(counter: Counter, unit: str) -> None:
    text = unit * (400_000 // len(unit))

    whole = counter.count(text)

    assert whole == pytest.approx(2 * counter.count(text[: len(text) // 2]), rel=0.02, abs=8)


def test_a_model_is_estimated_by_what_its_provider_reported() -> None:
    calibration = Calibration()
    for _ in range(60):
        calibration.learn("claude", counted=1000, reported=1180)

    assert calibration.estimate("claude", 5000) == pytest.approx(5900, abs=60)
    assert calibration.estimate("unknown", 5000) == 5000


def test_small_or_implausible_reports_teach_little() -> None:
    calibration = Calibration()
    calibration.learn("tiny", counted=10, reported=900)
    calibration.learn("silent", counted=1000, reported=0)
    calibration.learn("odd", counted=1000, reported=1_000_000)

    assert calibration.estimate("tiny", 100) == 100
    assert calibration.estimate("silent", 100) == 100
    assert calibration.estimate("odd", 100) == 250


def test_only_so_many_models_are_remembered() -> None:
    calibration = Calibration()
    for number in range(400):
        calibration.learn(f"model-{number}", counted=1000, reported=1500)

    assert calibration.estimate("model-0", 1000) == 1000
    assert calibration.estimate("model-399", 1000) == 1500

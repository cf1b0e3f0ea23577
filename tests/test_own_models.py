"""What the operator says of models."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from headroom.errors import SettingsError
from headroom.own_models import OwnModel, OwnPrice, load_models, models_said, read_models


def test_a_number_is_a_window_and_more_can_be_said() -> None:
    said = {
        "Our-Model": 64_000,
        "gpt-9": {
            "window": 400_000,
            "prompt": 272_000,
            "output": 64_000,
            "min_cacheable": 1_024,
            "price": {"input": 2.5, "output": 10, "cache_read": 0.25},
        },
    }

    assert read_models(json.dumps(said), "x") == {
        "our-model": OwnModel(window=64_000, where="x"),
        "gpt-9": OwnModel(
            window=400_000,
            prompt=272_000,
            output=64_000,
            min_cacheable=1_024,
            price=OwnPrice(Decimal("2.5"), Decimal(10), Decimal("0.25")),
            where="x",
        ),
    }


def test_models_may_stand_below_their_provider() -> None:
    said = {
        "openai": {
            "context_limits": {"gpt-9": 400_000},
            "pricing": {"gpt-9": {"input": 1, "output": 2, "cached_input": 0.5}},
        },
        "anthropic": {"context_limits": {"claude-9": 7}},
    }

    assert read_models(json.dumps(said), "x") == {
        "gpt-9": OwnModel(
            window=400_000, price=OwnPrice(Decimal(1), Decimal(2), Decimal("0.5")), where="x"
        ),
        "claude-9": OwnModel(window=7, where="x"),
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "x is not JSON such as"),
        ("[" * 100_000, "x is not JSON such as"),
        ("[1]", "x is not an object of JSON such as"),
        ('{"m": NaN}', "NaN is no number"),
        ('{"m": 0}', "x: window of 'm' is 0, but a whole number of tokens above 0 is needed."),
        ('{"m": true}', "x: window of 'm' is True"),
        ('{"m": "128k"}', "x: window of 'm' is '128k'"),
        ('{"m": 1.5}', "x: window of 'm' is "),
        ('{"m": {"output": -1}}', "x: output of 'm' is -1"),
        ('{"m": {"widow": 1}}', "x says 'widow' of 'm': what can be said is window, prompt"),
        ('{"m": {"price": 3}}', "x: the price of 'm' needs input and output in dollars"),
        ('{"m": {"price": {"input": 1}}}', "x: the price of 'm' needs input and output"),
        ('{"m": {"price": {"input": 1, "output": 1, "tax": 1}}}', "nothing else"),
        ('{"m": {"price": {"input": -1, "output": 1}}}', "x: the price of 'm': input is -1"),
        ('{"m": {"price": {"input": "1", "output": 1}}}', "x: the price of 'm': input is 1"),
    ],
)
def test_what_cannot_be_is_told_with_its_place_and_what_to_write(text: str, told: str) -> None:
    with pytest.raises(SettingsError) as raised:
        read_models(text, "x")

    assert told in str(raised.value)


def test_a_setting_is_json_or_the_path_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "limits.json"
    file.write_text('{"m": 5}')

    assert models_said('{"m": 5}', "x") == {"m": OwnModel(window=5, where="x")}
    assert models_said(str(file), "x") == {"m": OwnModel(window=5, where=str(file))}
    assert models_said("", "x") == {}


def test_a_path_to_nothing_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="HEADROOM_MODEL_LIMITS names"):
        models_said(str(tmp_path / "none.json"), "HEADROOM_MODEL_LIMITS")


def test_a_file_that_is_not_there_says_nothing_and_one_that_cannot_be_read_is_told(
    tmp_path: Path,
) -> None:
    broken = tmp_path / "models.json"
    broken.write_bytes(b'{"m": "\xff"}')

    assert load_models(tmp_path / "none.json") == {}
    with pytest.raises(SettingsError, match=r"models\.json cannot be read"):
        load_models(broken)

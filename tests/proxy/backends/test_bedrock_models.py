from __future__ import annotations

import pytest

from headroom.errors import BadRequest
from headroom.proxy.backends.bedrock_models import ALIASES, MODELS, foundation, model_id

PROFILE = "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/abc"


@pytest.mark.parametrize(
    ("name", "region", "found"),
    [
        ("claude-sonnet-5-5", "us-east-1", "us.anthropic.claude-sonnet-5-5"),
        ("claude-sonnet-5-5", "eu-central-1", "eu.anthropic.claude-sonnet-5-5"),
        ("claude-sonnet-5-5", "ap-northeast-1", "jp.anthropic.claude-sonnet-5-5"),
        ("claude-sonnet-5-5", "ap-southeast-2", "au.anthropic.claude-sonnet-5-5"),
        ("claude-sonnet-5-5", "ap-south-1", "apac.anthropic.claude-sonnet-5-5"),
        ("claude-sonnet-4-20250514", "ap-northeast-1",
         "apac.anthropic.claude-sonnet-4-20250514-v1:0"),
        ("claude-sonnet-4-5", "us-west-2", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        ("claude-sonnet-4-5-20250929", "us-gov-west-1",
         "us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        # Where no profile is known, the model itself.
        ("claude-sonnet-4-5", "ap-south-1", "anthropic.claude-sonnet-4-5-20250929-v1:0"),
        ("claude-opus-5-5", "sa-east-1", "anthropic.claude-opus-5-5"),
        # What is Bedrock's own, or nobody's, stays.
        ("global.anthropic.claude-opus-5-5", "eu-west-1", "global.anthropic.claude-opus-5-5"),
        (PROFILE, "eu-west-1", PROFILE),
        ("claude-of-tomorrow", "eu-west-1", "claude-of-tomorrow"),
    ],
)  # fmt: skip
def test_a_name_becomes_the_id_of_the_regions_geography(name: str, region: str, found: str) -> None:
    assert model_id(name, region, {}) == found


def test_what_the_operator_says_counts_first() -> None:
    said = {"claude-opus-5-5": PROFILE, "mine": "global.anthropic.claude-opus-5-5"}

    assert model_id("claude-opus-5-5", "eu-west-1", said) == PROFILE
    assert model_id("mine", "eu-west-1", said) == "global.anthropic.claude-opus-5-5"


@pytest.mark.parametrize("name", [".", "..", "a\nb", "modèle"])
def test_what_no_id_can_be_is_refused(name: str) -> None:
    with pytest.raises(BadRequest):
        model_id(name, "eu-west-1", {})


def test_every_alias_stands_for_a_model_that_is_known() -> None:
    assert set(ALIASES.values()) <= set(MODELS)


@pytest.mark.parametrize(
    ("found", "model"),
    [
        ("eu.anthropic.claude-opus-5-5", "anthropic.claude-opus-5-5"),
        ("anthropic.claude-opus-5-5", "anthropic.claude-opus-5-5"),
        (PROFILE, PROFILE),
        ("arn:aws:bedrock:eu-west-1::foundation-model/eu.anthropic.claude-opus-5-5",
         "arn:aws:bedrock:eu-west-1::foundation-model/eu.anthropic.claude-opus-5-5"),
        ("other", "other"),
    ],
)  # fmt: skip
def test_the_model_behind_a_profile_is_told_by_its_id(found: str, model: str) -> None:
    assert foundation(found) == model

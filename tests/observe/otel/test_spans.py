"""The trace of one call."""

from __future__ import annotations

import json
from typing import Any

import pytest

from headroom.observe.otel.spans import Span, Told, spans_of
from headroom.outcome import Passage
from tests.observe.otel.made import PLANNED, entry

ENDED = 1_000_000_000_000
MS = 1_000_000
BEGUN = ENDED - 100 * MS
PASSAGES = (
    Passage("read", 0.0, 0.5),
    Passage("look_up", 0.5, 0.5),
    Passage("plan", 1.0, 1.0),
    Passage("keep", 2.0, 0.5),
    Passage("guards", 2.5, 0.5),
)


def told(**changes: Any) -> Told:
    return Told(entry(**changes), ENDED, messages=3, passages=PASSAGES)


def named(spans: list[Span], name: str) -> Span:
    (found,) = (span for span in spans if span.name == name)
    return found


def attributes(span: Span) -> dict[str, Any]:
    return dict(span.attributes)


def test_the_call_is_the_root_with_what_it_used_and_cost() -> None:
    root = spans_of(told())[0]

    assert (root.name, root.kind, root.over) == ("chat claude-sonnet-4-5", "server", None)
    assert (root.begun_ns, root.ended_ns, root.problem) == (BEGUN, ENDED, "")
    said = attributes(root)
    assert said["gen_ai.usage.input_tokens"] == 1_000
    assert said["gen_ai.usage.cache_read.input_tokens"] == 600
    assert said["gen_ai.usage.cache_creation.input_tokens"] == 150
    assert said["headroom.cost.actual_usd"] == 0.004
    assert said["headroom.cost.saved_usd"] == 0.006
    assert said["headroom.tokens.saved"] == 600
    assert said["http.response.status_code"] == 200


def test_a_model_is_called_as_the_request_did_and_as_the_reply_did() -> None:
    root = spans_of(Told(entry(model="sonnet-20250929"), ENDED, asked_model="sonnet"))[0]

    assert root.name == "chat sonnet"
    assert attributes(root)["gen_ai.request.model"] == "sonnet"
    assert attributes(root)["gen_ai.response.model"] == "sonnet-20250929"


def test_the_pipeline_lasts_from_its_first_stage_to_its_last() -> None:
    spans = spans_of(told())
    root, pipeline = spans[0], named(spans, "headroom.compression.pipeline")

    assert pipeline.over is root
    assert (pipeline.begun_ns - BEGUN, pipeline.ended_ns - BEGUN) == (MS // 2, 5 * MS // 2)
    assert attributes(pipeline) == {
        "headroom.model": "claude-sonnet-4-5",
        "headroom.provider": "anthropic",
        "headroom.message_count": 3,
        "headroom.tokens.before": 900,
        "headroom.tokens.after": 300,
        "headroom.tokens.saved": 600,
        "headroom.tokens.exact": False,
    }


def test_stages_stand_where_they_belong_at_their_time() -> None:
    spans = spans_of(told())
    pipeline = named(spans, "headroom.compression.pipeline")
    plan, guards = named(spans, "headroom.stage.plan"), named(spans, "headroom.stage.guards")

    assert (plan.over, guards.over) == (pipeline, spans[0])
    assert (plan.begun_ns - BEGUN, plan.ended_ns - BEGUN) == (MS, 2 * MS)


def test_each_transform_is_told_under_the_pipeline() -> None:
    spans = spans_of(told())
    pipeline = named(spans, "headroom.compression.pipeline")

    transforms = [span for span in spans if span.name == "headroom.compression.transform"]

    assert [attributes(each)["headroom.transform"] for each in transforms] == [*PLANNED.transforms]
    assert {each.over for each in transforms} == {pipeline}


def test_the_provider_has_the_time_after_all_that_is_ours() -> None:
    provider = named(spans_of(told()), "headroom.provider")

    assert (provider.begun_ns - BEGUN, provider.ended_ns) == (3 * MS, ENDED)
    assert provider.kind == "client"


def test_no_span_is_told_before_what_it_is_a_part_of_or_ends_after_the_call() -> None:
    spans = spans_of(told())

    assert all(span.over in spans[:place] for place, span in enumerate(spans) if place)
    assert all(span.begun_ns <= span.ended_ns <= ENDED for span in spans)


@pytest.mark.parametrize(
    ("changes", "problem", "error_type"),
    [
        ({"status": 529}, "status 529", "529"),
        ({"verdict": "upstream_failed", "status": 502}, "upstream_failed", "upstream_failed"),
        ({"verdict": "refused", "refusal": "rate_limited"}, "rate_limited", "rate_limited"),
    ],
)
def test_what_went_wrong_is_told(changes: dict[str, Any], problem: str, error_type: str) -> None:
    root = spans_of(told(**changes))[0]

    assert root.problem == problem
    assert attributes(root)["error.type"] == error_type
    assert attributes(root)["langfuse.observation.level"] == "ERROR"


def test_what_was_not_planned_has_no_pipeline_and_what_was_not_sent_no_provider() -> None:
    relayed = Told(entry(verdict="relayed", route="", model="", overhead_ms=0.0), ENDED)
    stored = Told(entry(verdict="cached"), ENDED, passages=(Passage("cache", 0.1, 0.1),))

    assert [span.name for span in spans_of(relayed)] == ["relay"]
    assert [span.name for span in spans_of(stored)][1:] == ["headroom.stage.cache"]


def test_a_repeated_plan_has_a_span_each_time() -> None:
    passages = (*PASSAGES, Passage("plan", 3.0, 1.0), Passage("keep", 4.0, 0.5))
    spans = spans_of(Told(PLANNED, ENDED, passages=passages))

    assert [span.name for span in spans].count("headroom.stage.plan") == 2
    pipeline = named(spans, "headroom.compression.pipeline")
    assert pipeline.ended_ns - BEGUN == 9 * MS // 2


def test_langfuse_is_told_usage_that_adds_up_and_costs() -> None:
    said = attributes(spans_of(told())[0])

    assert said["langfuse.observation.type"] == "generation"
    usage = json.loads(said["langfuse.observation.usage_details"])
    assert usage == {
        "input": 250,
        "input_cache_read": 600,
        "input_cache_creation_5m": 100,
        "input_cache_creation_1h": 50,
        "output": 20,
    }
    assert json.loads(said["langfuse.observation.cost_details"]) == {"total": 0.004}
    assert said["langfuse.observation.completion_start_time"] == "1970-01-01T00:16:39.940Z"


def test_estimated_usage_is_never_told_as_reported() -> None:
    said = attributes(spans_of(told(estimated=True))[0])

    assert said["headroom.estimated.input_tokens"] == 1_000
    assert not [name for name in said if name.startswith(("gen_ai.usage", "headroom.cost"))]
    assert "langfuse.observation.usage_details" not in said


def test_what_clients_say_in_headers_names_sessions_and_users() -> None:
    tags = {"session-id": "s-1", "user-id": "u-1", "team": "red"}

    said = attributes(spans_of(told(tags=tags))[0])

    assert (said["session.id"], said["user.id"], said["headroom.tag.team"]) == ("s-1", "u-1", "red")


def test_content_stands_on_the_call_alone_and_only_where_it_was_put_aside() -> None:
    spans = spans_of(Told(PLANNED, ENDED, passages=PASSAGES, asked="why?", answered="so"))

    said = attributes(spans[0])
    assert said["langfuse.observation.input"] == "why?"
    assert said["langfuse.observation.output"] == "so"
    assert "why?" not in str(spans[1:])
    assert "langfuse.observation.input" not in attributes(spans_of(told())[0])


def test_half_a_character_of_content_does_not_stop_an_export() -> None:
    said = attributes(spans_of(Told(PLANNED, ENDED, asked="wh\ud800", answered="\udc00"))[0])

    assert said["langfuse.observation.input"] == "wh?"
    assert said["langfuse.observation.output"] == "?"

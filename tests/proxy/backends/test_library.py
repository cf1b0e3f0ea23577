"""What libraries make becomes plain JSON."""

from __future__ import annotations

from typing import Any

from headroom.proxy.backends.library import plain


class Made:
    def model_dump(self, **how: Any) -> dict[str, Any]:
        return {"made": how}


def test_a_model_is_dumped_without_what_is_not_set_and_all_else_is_left() -> None:
    assert plain(Made()) == {"made": {"mode": "json", "exclude_none": True}}
    assert plain({"a": None}) == {"a": None}

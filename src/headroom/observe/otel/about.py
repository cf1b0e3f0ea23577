"""Which process tells metrics and traces."""

from __future__ import annotations

from headroom.options import pairs_of


def about(service: str, more: str, *, version: str, instance: str) -> dict[str, str]:
    """The attributes of a process of this *service*, with *more* of them as `name=value,…`.

    Nobody else may have its *instance*: a sum over processes is right only so.
    """
    attributes = {
        "service.name": service,
        "service.version": version,
        **pairs_of(more),
        "service.instance.id": instance,
    }
    return {name: whole(value) for name, value in attributes.items()}


def whole(text: str) -> str:
    """The same with `?` for half a character: one of those would keep back a whole export."""
    return text.encode("utf-8", "replace").decode("utf-8")

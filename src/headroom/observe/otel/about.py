"""Which process tells metrics and traces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from headroom.options import pairs_of


@dataclass(frozen=True, slots=True)
class About:
    """The attributes of a process, and the version of what tells in it: us."""

    attributes: Mapping[str, str]
    version: str


def about(service: str, more: str, *, version: str, instance: str) -> About:
    """A process of this *service*, with *more* attributes as `name=value,…`.

    Nobody else may have its *instance*: a sum over processes is right only so.
    """
    attributes = {
        "service.name": service,
        "service.version": version,
        **pairs_of(more),
        "service.instance.id": instance,
    }
    return About(attributes, version)

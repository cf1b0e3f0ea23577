"""What was said "as above" is said anew where that has left, or is counted otherwise now."""

from __future__ import annotations

from collections.abc import Mapping

from headroom.conversation import Form
from headroom.pipeline.hindsight.scene import Above, Scene
from headroom.pipeline.seen import Seen
from headroom.pipeline.texts import RAW, Texts


def said_anew(scene: Scene, forms: Mapping[int, Form]) -> dict[int, Form]:
    """The forms of blocks whose references these new *forms* would lead astray.

    They refer to what is there now: another copy of the same text, if there is one.
    """
    if not scene.references:
        return {}
    sent = {**scene.forms, **forms}
    texts, seen = Texts(), Seen()

    def index() -> Seen:
        for number in range(seen.texts, len(texts)):
            source = texts.source(number)
            seen.add(text=source.text, sent=source.sent)
        return seen

    above = Above(index, texts.source)
    anew: dict[int, Form] = {}
    moved: set[int] = set()
    for at, block in enumerate(scene.blocks):
        form = sent.get(at, RAW)
        if at not in forms and not moved.isdisjoint(scene.references.get(at, ())):
            form = anew[at] = scene.anew(at, above)
        texts.add(block, form)
        if at in forms or at in anew or texts.label(at) != scene.texts.label(at):
            moved.add(at)
    return anew

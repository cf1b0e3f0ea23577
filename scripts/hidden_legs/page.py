"""docs/hidden-legs.md: `page.md` with its examples filled in."""

from __future__ import annotations

from pathlib import Path
from string import Template

import msgspec

from headroom.compressors.excerpt import LONGEST_CHARACTERS
from headroom.proxy.retrieval import ENOUGH, MOST_ROUNDS, Keep
from headroom.proxy.retrieving import KEEP_ALIVE, KEEP_ALIVE_S
from headroom.wire.document import Document
from scripts.hidden_legs import anthropic, chat, job_log, responses, show
from scripts.hidden_legs.play import (
    Example,
    encode,
    offered,
    play,
    put_back,
    shortened,
    take_turn,
)

TEMPLATE = Path(__file__).with_name("page.md")


def hidden_legs_page() -> str:
    """The page."""
    return Template(TEMPLATE.read_text("utf-8")).substitute(
        {
            **bounds(),
            **the_text(),
            **turn("anthropic", anthropic.EXAMPLE, context=show.ALL),
            **turn("chat", chat.EXAMPLE),
            **turn("responses", responses.EXAMPLE),
            **beside(),
            **kept_by_the_provider(),
        }
    )


def bounds() -> dict[str, str]:
    """The numbers of the page."""
    return {
        "most_rounds": str(MOST_ROUNDS),
        "enough": ENOUGH,
        "longest_characters": f"{LONGEST_CHARACTERS:,}",
        "keep_alive": KEEP_ALIVE.decode().strip(),
        "keep_alive_s": f"{KEEP_ALIVE_S:g}",
    }


def the_text() -> dict[str, str]:
    """What the tool printed, what the model reads of it, and what it asks for."""
    printed = job_log.PRINTED.split("\n")
    request = Document.read(encode(anthropic.REQUEST))
    [edit] = shortened(anthropic.EXAMPLE.format, request)
    return {
        "command": job_log.COMMAND["command"],
        "rows": str(len(printed)),
        "printed": show.text("\n".join([*printed[:2], "…", *printed[-1:]])),
        "shortened": show.text(edit.text),
        "arguments": job_log.CALLING,
        "answer": show.text(job_log.answer(job_log.ARGUMENTS)),
    }


def turn(name: str, example: Example, *, context: int = show.CONTEXT) -> dict[str, str]:
    """The seven steps of a turn with two legs."""
    played = play(example)
    *_, keep = played.kept
    request, later = encode(example.request), _next(example, keep)
    first, second = played.legs
    return {
        f"{name}_request": show.changed(request, played.sent[0], context=context),
        f"{name}_first_leg": show.events(first, "-"),
        f"{name}_asks": show.changed(played.sent[0], played.sent[1]),
        f"{name}_second_leg": show.events(second, "-"),
        f"{name}_told": show.events(played.told, "+"),
        f"{name}_next": show.added(request, later.body),
        f"{name}_put_back": _put_back(example, later, keep),
    }


def beside() -> dict[str, str]:
    """Our call beside one of the client's, in a reply that is not streamed."""
    example = anthropic.BESIDE
    played = play(example)
    [*_, keep], [reply] = played.kept, example.legs
    return {
        "beside_told": show.changed(reply, played.reply, context=show.ALL),
        "beside_put_back": _put_back(example, _next(example, keep), keep),
    }


def kept_by_the_provider() -> dict[str, str]:
    """A turn that its provider keeps, and the request that goes on from it by its id."""
    example = responses.KEPT
    *_, keep = play(example).kept
    weaver = example.format.weaver
    later = _next(example, keep)
    unanswered = keep.legs[-1:] if keep.legs[-1].answers else ()
    follow = weaver.follow(later, keep.last_id, unanswered)
    sent = Document.read(offered(example.format, later)).rewrite(follow)
    played = take_turn(example.format, later, sent, [responses.ASKS_AGAIN])
    return {
        "kept_reply_id": keep.reply_id,
        "kept_last_id": keep.last_id,
        "kept_followed": show.changed(later.body, sent),
        "kept_asks": show.changed(sent, played.sent[1]),
        "kept_told": show.events(played.told[:1], "+"),
    }


def _next(example: Example, keep: Keep) -> Document:
    """The client's next request."""
    echoed = msgspec.json.decode(keep.echoed)
    return Document.read(encode(example.next_request(example.request, echoed)))


def _put_back(example: Example, later: Document, keep: Keep) -> str:
    return show.changed(offered(example.format, later), put_back(example, later, keep))

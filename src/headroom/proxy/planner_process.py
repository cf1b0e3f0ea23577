"""The off-load processes: one zygote that has everything loaded, and its workers.

The zygote loads pipeline and vocabulary once and forks a worker when it is asked to, so that a
worker that was killed at its deadline is replaced in milliseconds.  It runs in one thread and
ends with the proxy: when its control socket closes, it kills its workers and leaves.

Control messages (one datagram each): `+<number>` with the worker's socket attached, `~<number>`
for one that lets all others have the processor first, `-<number>` to end it.
A job and its result are one frame each: four bytes of length, then msgpack.
"""

from __future__ import annotations

import dataclasses
import gc
import logging
import os
import signal
import socket
import sys
from collections.abc import Sequence
from typing import Final

import msgspec

from headroom.api import reducers_for
from headroom.compressors.base import Reducer
from headroom.conversation import Conversation, Known, Plan
from headroom.embedding import Embedder
from headroom.embedding_model import PatientEmbedder
from headroom.hints import Hints
from headroom.pipeline import Means, plan
from headroom.pipeline.budget import BOUNDLESS, Budget
from headroom.pipeline.choices import EVERYTHING, Choices
from headroom.tokens import Counter

logger = logging.getLogger(__name__)

FRAME_HEADER_BYTES: Final = 4
CONTROL_BYTES: Final = 64
NICE: Final = 10
EMBEDDING_SHARE: Final = 0.4
"""Of a plan's deadline, from its begin, for texts to become vectors."""


class Job(msgspec.Struct, frozen=True, array_like=True):
    """One plan to make.  A worker whose proxy is gone ends itself after *deadline_s*."""

    conversation: Conversation
    known: Known
    deadline_s: float
    means: Means = ""
    choices: Choices = EVERYTHING
    budget: Budget = BOUNDLESS
    woven: tuple[int, ...] = ()
    hints: Hints = {}


class Done(msgspec.Struct, frozen=True, array_like=True):
    """What became of a job: a plan without its edits, or the name of what prevented it."""

    plan: Plan | None
    error: str = ""


def main(control_fd: int) -> None:
    """Serve fork and kill requests until the proxy closes the control socket."""
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C reaches the whole group; the proxy decides
    control = socket.socket(fileno=control_fd)
    counter = Counter.load()
    # What is loaded now is shared by all workers for ever: keep the collector from touching it.
    gc.collect()
    gc.freeze()
    workers: dict[int, int] = {}
    control.send(b"ready")
    while True:
        message, sockets, _, _ = socket.recv_fds(control, CONTROL_BYTES, 1)
        if not message:
            break
        kind, number = message[:1], int(message[1:])
        if kind == b"-":
            _end(workers.pop(number, 0))
        else:
            channel = socket.socket(fileno=sockets[0])
            workers[number] = _fork(control, channel, counter, yields=kind == b"~")
    for process in workers.values():
        _end(process)


def _fork(control: socket.socket, channel: socket.socket, counter: Counter, *, yields: bool) -> int:
    process = os.fork()
    if process:
        channel.close()
        return process
    control.close()
    if yields:
        os.nice(NICE)
    try:
        _work(channel, counter)
    finally:
        # Never back into the zygote's loop, whatever happened.
        os._exit(0)


def _end(process: int) -> None:
    """Kill a worker and wait for it, so that its number is not given to another process."""
    if not process:
        return
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)


def _work(channel: socket.socket, counter: Counter) -> None:
    """Make plans until the proxy closes the channel."""
    decoder = msgspec.msgpack.Decoder(Job)
    known: dict[tuple[str, bool], Sequence[Reducer]] = {}
    embedders: dict[str, PatientEmbedder] = {}
    while True:
        header = _receive(channel, FRAME_HEADER_BYTES)
        if not header:
            return
        packed = _receive(channel, int.from_bytes(header))
        job = decoder.decode(packed)
        # The proxy kills a late worker; the timer ends one whose proxy was killed itself.
        signal.setitimer(signal.ITIMER_REAL, job.deadline_s + 1.0)
        asked = (job.choices.kompress_model, job.choices.kompress_evidence)
        if asked not in known:
            # Opened here: the threads of its run time do not outlive a fork.
            known[asked] = reducers_for(job.choices, logger.warning)
        embedder = _embedder(job, embedders)
        result = msgspec.msgpack.encode(_done(job, counter, known[asked], embedder))
        signal.setitimer(signal.ITIMER_REAL, 0)
        channel.sendall(len(result).to_bytes(FRAME_HEADER_BYTES) + result)


def _embedder(job: Job, embedders: dict[str, PatientEmbedder]) -> Embedder | None:
    """The model that the job's budget names, for as long as the job can wait for it."""
    named = job.budget.similarity_model
    if not named:
        return None
    if named not in embedders:
        embedders[named] = PatientEmbedder(named, logger.warning)
    if job.budget.may_overflow(job.conversation, job.known):
        embedders[named].open_soon()
    return embedders[named].within(EMBEDDING_SHARE * job.deadline_s)


def _done(
    job: Job, counter: Counter, reducers: Sequence[Reducer], embedder: Embedder | None
) -> Done:
    try:
        made = plan(
            job.conversation,
            job.known,
            counter=counter,
            means=job.means,
            choices=job.choices,
            reducers=reducers,
            budget=job.budget,
            woven=job.woven,
            hints=job.hints,
            embedder=embedder,
        )
    except (
        ArithmeticError,
        LookupError,
        TypeError,
        ValueError,
        RecursionError,
        MemoryError,
    ) as error:
        return Done(None, type(error).__name__)
    # The proxy knows all blocks, and the forms of old ones: they would double the answer.
    return Done(dataclasses.replace(made, edits=(), removals=(), originals={}))


def _receive(channel: socket.socket, size: int) -> bytes:
    """Exactly *size* bytes, or none when the other side has closed."""
    received = bytearray()
    while len(received) < size:
        part = channel.recv(min(size - len(received), 1 << 20))
        if not part:
            return b""
        received += part
    return bytes(received)


if __name__ == "__main__":
    main(int(sys.argv[1]))

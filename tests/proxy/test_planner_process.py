"""The off-load process by its own protocol: control messages, and one frame per job."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator

import msgspec
import pytest

from headroom.conversation import Known
from headroom.pipeline import plan
from headroom.proxy.planner_process import FRAME_HEADER_BYTES, NICE, Done, Job
from headroom.proxy.zygote import PLANNER_MODULE
from headroom.tokens import Counter
from tests.proxy.house import PATIENCE_S
from tests.proxy.processes import children_of, wait_for_end
from tests.proxy.test_planners import SMALL

JOB = msgspec.msgpack.encode(Job(SMALL, Known(), 30.0))


@pytest.fixture
def started() -> Iterator[tuple[socket.socket, int]]:
    """A zygote that is ready: its control socket, and its process, which leaves on its close."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    command = [sys.executable, "-m", PLANNER_MODULE, str(theirs.fileno())]
    with ours, theirs, subprocess.Popen(command, pass_fds=[theirs.fileno()]) as zygote:
        theirs.close()
        ours.settimeout(PATIENCE_S)
        assert ours.recv(64) == b"ready"
        yield ours, zygote.pid
        ours.close()
        assert zygote.wait(PATIENCE_S) == 0


@pytest.fixture
def control(started: tuple[socket.socket, int]) -> socket.socket:
    return started[0]


@pytest.fixture
def zygote(started: tuple[socket.socket, int]) -> int:
    return started[1]


def worker_of(control: socket.socket, number: int, kind: bytes = b"+") -> socket.socket:
    ours, theirs = socket.socketpair()
    ours.settimeout(PATIENCE_S)
    with theirs:
        socket.send_fds(control, [b"%b%d" % (kind, number)], [theirs.fileno()])
    return ours


def asked(worker: socket.socket, packed: bytes) -> Done:
    worker.sendall(len(packed).to_bytes(FRAME_HEADER_BYTES) + packed)
    with worker.makefile("rb") as frames:
        size = int.from_bytes(frames.read(FRAME_HEADER_BYTES))
        return msgspec.msgpack.decode(frames.read(size), type=Done)


def test_a_worker_answers_one_job_after_another_without_the_edits(control: socket.socket) -> None:
    with worker_of(control, 0) as worker:
        done = [asked(worker, JOB) for _ in range(2)]

    assert done[0] == done[1]
    assert done[0].plan is not None
    assert done[0].plan.edits == ()
    assert done[0].plan.forms == plan(SMALL, Known(), counter=Counter.load()).forms


def test_a_worker_is_ended_when_it_is_asked_for(control: socket.socket) -> None:
    with worker_of(control, 3) as worker:
        asked(worker, JOB)
        control.send(b"-3")
        control.send(b"-3")

        assert worker.recv(1) == b""
        with worker_of(control, 4) as successor:
            assert asked(successor, JOB).plan is not None


def test_one_that_yields_has_others_go_first(control: socket.socket, zygote: int) -> None:
    with worker_of(control, 0, b"~") as worker:
        asked(worker, JOB)
        [process] = children_of(zygote)

        own = os.getpriority(os.PRIO_PROCESS, zygote)
        assert os.getpriority(os.PRIO_PROCESS, process) == min(own + NICE, 19)


def test_workers_leave_with_their_zygote(control: socket.socket, zygote: int) -> None:
    with worker_of(control, 0) as worker:
        asked(worker, JOB)
        workers = children_of(zygote)
        control.close()

        assert workers
        assert all(wait_for_end(process, PATIENCE_S) for process in workers)


def test_a_worker_whose_proxy_closes_its_channel_leaves(
    control: socket.socket, zygote: int
) -> None:
    with worker_of(control, 0) as worker:
        asked(worker, JOB)
        [process] = children_of(zygote)

    assert wait_for_end(process, PATIENCE_S)

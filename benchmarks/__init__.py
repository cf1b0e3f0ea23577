"""What Headroom costs in time, memory and disk, beside nginx and beside the original.

    overhead.py        the command: which subjects, which cells, in what order
    subjects.py        starts what is measured: nginx, the original, ours; reads /proc
    conversations.py   bodies like those of coding agents, as many different ones as wanted
    load.py            the client, a process of its own: closed loop, raw sockets
    report.py          figures to tables

`make bench` runs all of it on loopback in under six minutes; `ARGS=--quick` in one.
"""

"""What Headroom costs in time, memory and disk, and what it saves and keeps.

    overhead.py        `make bench`: added time beside nginx and beside the original
    subjects.py        starts what is measured: nginx, the original, ours; reads /proc
    conversations.py   bodies like those of coding agents, as many different ones as wanted
    load.py            the client, a process of its own: closed loop, raw sockets
    report.py          figures to tables
    peers.py           installs the original's versions, each in a place of its own

    needles.py         `make needles`: tokens left, and facts that a model still sees
    samples.py         tool outputs and their facts, from a folder that the user brings
    made_needles.py    facts made from tables and documents that bring none
    code_samples.py    code of packages that are installed, with facts from code_needles.py
    seen.py            what our pipeline and others make of a sample; visible.py looks for facts
    needle_tables.py   figures to tables

    strength.py        `make curve`: the bill against the use kept, over the strength of reduction
    curve.py           the figures and tables of that, curve_picture.py its picture
    observing.py       what agents without tools are told, read as what tools told
    speed.py           `make speed`: how fast compressors are, on fresh text and on hostile shapes
    synthetic.py       texts of every kind, made up; hostile.py shapes that make code slow
    marks.py           `make marks`: what clients pay that set no cache marks
    marked_sessions.py the sessions for that, made up or recorded
    offer.py           what offering our tool costs recorded sessions
    store.py           what one request's store work takes

`make bench` runs on loopback in under six minutes; `ARGS=--quick` in one.
"""

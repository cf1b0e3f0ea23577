"""Who writes the log of this process, and how; set up once, before anything is said."""

from __future__ import annotations

import atexit
import logging
import os
from collections.abc import Mapping
from typing import TextIO

from headroom.observe.log_format import OURS, JsonFormatter, TextFormatter
from headroom.observe.log_lines import Lines
from headroom.settings import Settings


def configure(
    settings: Settings, stream: TextIO, environ: Mapping[str, str], *, several: bool = False
) -> Lines:
    """Let all that this process logs go to *stream*; done again, it replaces what was.

    *several* says that other processes write there too.
    """
    lines = _lines(settings, stream, environ, several=several)
    least = logging.getLevelNamesMapping()[settings.log_level.upper()]
    _put(logging.getLogger(), lines)
    # Never more of libraries: what they tell of their doings holds headers, and so credentials.
    logging.getLogger().setLevel(max(least, logging.WARNING))
    logging.getLogger(OURS).setLevel(least)
    logging.captureWarnings(capture=True)
    return lines


def configure_ours(settings: Settings, stream: TextIO, environ: Mapping[str, str]) -> Lines:
    """The same for what we say ourselves, where a server has set up its own log."""
    lines = _lines(settings, stream, environ, several=True)
    ours = logging.getLogger(OURS)
    _put(ours, lines)
    ours.setLevel(settings.log_level.upper())
    ours.propagate = False
    return lines


def _put(logger: logging.Logger, lines: Lines) -> None:
    for handler in [one for one in logger.handlers if isinstance(one, Lines)]:
        logger.removeHandler(handler)
    logger.addHandler(lines)


def _lines(
    settings: Settings, stream: TextIO, environ: Mapping[str, str], *, several: bool
) -> Lines:
    process = str(os.getpid()) if several else ""
    lines = Lines(stream)
    if settings.log_format == "json":
        lines.setFormatter(JsonFormatter(process=process))
    else:
        coloured = stream.isatty() and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"
        lines.setFormatter(TextFormatter(process=process, coloured=coloured))
    atexit.register(lines.flush)
    return lines

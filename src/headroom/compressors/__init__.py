"""The compressors, in the order in which they are asked.

Adding one is one file and one line here; the contract tests then run over it.
"""

from __future__ import annotations

from headroom.compressors.base import Compressor

COMPRESSORS: tuple[Compressor, ...] = ()

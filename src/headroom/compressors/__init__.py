"""The compressors, in the order in which they are asked.

Adding one is one file and one line here; the contract tests then run over it.
"""

from __future__ import annotations

from headroom.compressors.base import Compressor, Reducer
from headroom.compressors.listing import Listing
from headroom.compressors.log import Log
from headroom.compressors.numbered import Numbered
from headroom.compressors.records import Records
from headroom.compressors.row_sample import RowSample
from headroom.compressors.search import Search
from headroom.compressors.table_sample import TableSample
from headroom.compressors.tabular import Tabular

COMPRESSORS: tuple[Compressor, ...] = (
    Search(),
    Listing(),
    Numbered(),
    Log(),
    Records(),
    Tabular(),
)

REDUCERS: tuple[Reducer, ...] = (RowSample(), TableSample())
"""Those that leave something out: only where the original is kept and can be had again."""

"""The compressors, in the order in which they are asked.

Adding one is one file and one line here; the contract tests then run over it.
"""

from __future__ import annotations

from headroom.compressors.base import Compressor, Reducer
from headroom.compressors.code import Code
from headroom.compressors.diff import Diff
from headroom.compressors.diffstat import Diffstat
from headroom.compressors.directory_digest import DirectoryDigest
from headroom.compressors.history import History
from headroom.compressors.listing import Listing
from headroom.compressors.log import Log
from headroom.compressors.log_digest import LogDigest
from headroom.compressors.markup import Markup
from headroom.compressors.match_sample import MatchSample
from headroom.compressors.numbered import Numbered
from headroom.compressors.passage import Passage
from headroom.compressors.prose import Prose
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
    Diffstat(),
    Tabular(),
    Records(),
)

REDUCERS: tuple[Reducer, ...] = (
    Diff(),
    History(),
    Code(),
    Markup(),
    LogDigest(),
    RowSample(),
    TableSample(),
    MatchSample(),
    DirectoryDigest(),
    Prose(),
    Passage(),
)
"""Those that leave something out: only where the original is kept and can be had again."""

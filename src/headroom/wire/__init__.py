"""Bytes on the wire: bodies that are edited by splicing, event streams, content encodings.

`document` reads and changes a JSON body: `scan` finds offsets, `shadow` makes odd JSON
readable, `layout` says where values stand, `splice` makes changes there (`row` with the
commas between), `rewritten` remembers messages.  `sse` watches server-sent events,
`encodings` unpacks within limits.  Nothing here does I/O.
"""

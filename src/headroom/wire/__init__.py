"""Bytes on the wire: bodies that are edited by splicing, event streams, content encodings.

`document` reads and edits a JSON body (`scan` finds offsets, `shadow` makes odd JSON
readable), `sse` watches server-sent events, `encodings` unpacks within limits.  Nothing here
does I/O.
"""

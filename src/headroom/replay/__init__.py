"""What would Headroom have saved me?  Recorded sessions, turn by turn, through the pipeline.

    session files ─▶ claude_code, codex, gemini_cli ─▶ Session ─turns─▶ request bodies
    request bodies ─▶ offline (the pipeline itself) or through (a running proxy) ─▶ forwarded
    both ─▶ segments, spans, kinds ─▶ measure ─▶ report, page

What differs from dialect to dialect stands in `dialects`, one file each.
`measure` is pure: it sees what the client sent and what was forwarded, and nothing else.
"""

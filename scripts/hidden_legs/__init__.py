"""The page about hidden legs: turns played by the real code over small streams.

`page.py` fills `page.md` with what `play.py` played and `show.py` wrote down.  `anthropic.py`,
`chat.py` and `responses.py` hold what the client and the provider say; `job_log.py` is what the
client's tool printed.
"""

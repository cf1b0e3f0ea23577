"""`headroom mcp`: originals and shorter texts for agents that do not go through the proxy.

    agent ── stdio ─▶ serving ─▶ tools ─▶ asked ─┬─ the proxy that runs here
                                                 └─ the same pages, in this process

`clients.py` is a table of agents and the files in which they look for MCP servers;
`commands.py` puts ours in there and takes it out again.
"""

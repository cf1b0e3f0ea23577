"""How agents are started so that they come through Headroom; `cli/agents.py` is their table."""

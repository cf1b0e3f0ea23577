"""Headroom inside programs of others: one thin file for each library.

    from headroom.integrations.openai import with_headroom      # OpenAI's Python client
    from headroom.integrations.anthropic import with_headroom   # Anthropic's
    from headroom.integrations.langchain import with_headroom   # a chat model of LangChain
    from headroom.integrations.litellm import callback          # LiteLLM, library and gateway
    from headroom.integrations.asgi import Headroom             # a gateway of one's own

All of them shorten requests in the process that sends them (`shortener.py`): no server is needed,
and nothing else about a request or a reply changes.  A library is imported when it is first used.
"""

from __future__ import annotations

INTEGRATIONS = ("openai", "anthropic", "langchain", "litellm", "asgi")
"""Every integration; being listed here means being tested by the contract."""

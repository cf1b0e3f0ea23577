"""The shell: HTTP in, HTTP out, and the only place where plan, state and network meet."""

"""What `headroom doctor` finds out: facts are gathered once, and each check says what they mean."""

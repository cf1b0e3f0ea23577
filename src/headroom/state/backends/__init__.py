"""Storage backends: they know bytes, never meaning."""

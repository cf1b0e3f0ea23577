"""Parts of what reads logs: stamps, forms of lines, what went wrong."""

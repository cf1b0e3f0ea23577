"""Parts of what reads tables in plain text: cells, and the way back."""

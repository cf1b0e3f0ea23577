"""Parts of what reads JSON: documents as trees, tables of rows, what of them may leave."""

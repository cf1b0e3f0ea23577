"""Parts of what reads listings: paths, rows, drawn trees."""

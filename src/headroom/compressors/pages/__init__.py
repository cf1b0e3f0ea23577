"""Parts of the markup reducer: pages as Markdown, elements of XML."""

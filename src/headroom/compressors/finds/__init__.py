"""Parts of what reads search results: matches, their files, what they are worth."""

"""Parts of the code reducer: from lines to a syntax tree and back to lines with folds."""

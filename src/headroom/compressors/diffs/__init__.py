"""Parts of the diff and history reducers: patches, hunks, commits."""

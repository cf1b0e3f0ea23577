"""Parts of the prose reducer: blocks, passages, which of them stay."""

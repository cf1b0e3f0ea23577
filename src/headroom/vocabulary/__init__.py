"""The tokenizer's vocabulary, inside the package so that nothing is ever downloaded."""

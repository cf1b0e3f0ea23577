"""What outlives a request: features that know meaning, written on a store that knows bytes."""

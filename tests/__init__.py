"""The tests of Headroom."""

"""The dashboard in a real browser, in front of the real proxy with two workers."""

"""The command line: each command turns its words into settings and calls one function."""

"""Gateways and frameworks that are no part of what we develop with, as they come from the index.

They stand in a virtual environment of their own, which `make` sets up; what runs in it is in
`inside/`.
"""

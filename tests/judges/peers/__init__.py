"""Servers that nobody here wrote, each run by a Python of its own."""

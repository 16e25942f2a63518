"""Checks of the repository itself, run like every other test."""

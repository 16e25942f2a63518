"""Asking a charging cloud from the command line."""

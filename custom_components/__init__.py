"""Folder in which Home Assistant looks for custom integrations."""

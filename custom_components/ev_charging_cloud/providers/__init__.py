"""Clients of charging clouds, independent of Home Assistant."""

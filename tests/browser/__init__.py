"""A real Home Assistant, driven in Chromium."""

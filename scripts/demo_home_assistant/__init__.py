"""A real Home Assistant beside the emulator, for the demo and the browser test."""

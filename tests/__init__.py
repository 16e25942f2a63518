"""Tests of the integration, its providers and its emulator."""

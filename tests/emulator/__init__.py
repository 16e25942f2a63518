"""Tests of the emulator, without the integration."""

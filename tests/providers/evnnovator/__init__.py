"""Tests of EVnnovator's gateway."""

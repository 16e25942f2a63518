"""Tests of the DepotFinity provider."""

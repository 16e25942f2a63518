"""Tests of eMabler's dialect of OCPI."""

"""The probe, run as the program that it is."""

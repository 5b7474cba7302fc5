"""Runs and sweeps from Python and notebooks: what the command line does, with one call each."""

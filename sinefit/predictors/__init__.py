"""Trained networks as predictors: loaded, joined, applied to new rows, and exported to other formats."""

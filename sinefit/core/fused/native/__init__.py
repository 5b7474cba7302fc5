"""Runs of plain multilayer perceptrons trained by a C program, each by itself and in the cache."""

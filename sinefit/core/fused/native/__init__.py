"""Runs of plain multilayer perceptrons trained by a C program, side by side in the lanes of vectors."""

"""Files as columns of numbers, truth values and categories."""

"""What `benchmark.py` can measure, one subject a file."""

"""The numerics: what an experiment is and what running it means, with torch and nothing else."""

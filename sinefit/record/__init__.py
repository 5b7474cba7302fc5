"""What a run leaves on disk: sole owner of file names and formats; knows neither Hydra nor the numerics."""

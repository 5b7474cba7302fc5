"""The Hydra edge of sinefit: a launcher for any Hydra app, which must not know what the app computes."""

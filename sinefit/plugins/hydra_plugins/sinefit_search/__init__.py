"""The Hydra edge of sinefit: a sweeper for any Hydra app, which must not know what the app computes."""

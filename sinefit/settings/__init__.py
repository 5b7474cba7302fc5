"""From typed words to plain settings to an `Experiment`, and every mistake on the way."""

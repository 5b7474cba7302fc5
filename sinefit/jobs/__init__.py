"""One life of a run, from its settings to its record, single or in a sweep."""

"""Pages of speeches, by subject."""

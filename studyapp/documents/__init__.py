"""Papers: one block tree, and a writer for each format. Pure: no web framework, no database."""

"""Private, migrated databases: a template that is built once, and its clones."""

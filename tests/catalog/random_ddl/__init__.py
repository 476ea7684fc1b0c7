"""Random DDL: sentences of a small grammar about the objects that there are."""

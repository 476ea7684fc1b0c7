"""The contract: what must be true, as schema/ says it, and the catalog that comes of it."""

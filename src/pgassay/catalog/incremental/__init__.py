"""Reading only what has changed since the last time."""

from pgassay.catalog.incremental.reader import CatalogReader

__all__ = ["CatalogReader"]

"""The row factory: valid rows for any table, made from its catalog."""

from pgassay.behaviors.rows.errors import RowsError
from pgassay.behaviors.rows.factory import RowFactory
from pgassay.behaviors.rows.filling import Filled

__all__ = ["Filled", "RowFactory", "RowsError"]

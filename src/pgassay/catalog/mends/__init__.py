"""SQL that mends one kind of object each; `catalog.mend` chooses among them."""

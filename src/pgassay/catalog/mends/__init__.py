"""SQL that mends one kind of object each; `catalog.mend` chooses among them.

PYTEST_DONT_REWRITE: no asserts here.
"""

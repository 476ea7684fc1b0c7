"""Private, migrated databases: a template that is built once, and its clones.

PYTEST_DONT_REWRITE: no asserts here.
"""

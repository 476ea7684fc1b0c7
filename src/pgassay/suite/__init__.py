"""What each shipped check does, as plain functions of a context.

PYTEST_DONT_REWRITE: no asserts here.
"""

"""A report in, text out.

PYTEST_DONT_REWRITE: no asserts here.
"""

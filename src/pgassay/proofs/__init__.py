"""Experiments on scratch databases.

PYTEST_DONT_REWRITE: no asserts here.
"""

"""Prove a PostgreSQL schema: a pytest plugin, shipped checks and a small runtime.

PYTEST_DONT_REWRITE: no asserts here.
"""

__version__ = "0.1.0"

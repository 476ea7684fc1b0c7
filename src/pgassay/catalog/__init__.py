"""Our frozen record of everything that DDL can make in one database.

PYTEST_DONT_REWRITE: no asserts here.
"""

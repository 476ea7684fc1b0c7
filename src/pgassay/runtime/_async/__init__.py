"""What is written for asyncio; `make sync` generates `pgassay.runtime._sync` from it.

PYTEST_DONT_REWRITE: no asserts here.
"""

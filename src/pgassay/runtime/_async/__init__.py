"""What is written for asyncio; `make sync` generates `pgassay.runtime._sync` from it."""

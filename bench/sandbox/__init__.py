"""The parts of `bench/sandbox.py`."""

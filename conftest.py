"""What the whole repository's tests share; fixtures stand in tests/conftest.py."""

pytest_plugins = ["pytester"]

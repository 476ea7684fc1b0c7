import pytest

pytest.register_assert_rewrite("tests.sandbox.support")  # what differs from the template shall be shown

"""Behaviours put to the test: what triggers do when somebody writes, and what each role can do.

In a test of your own `assert_trigger`, `assert_constraint`, `assert_function`, `assert_access` say what behavior.toml
says.
"""

from pgassay.behaviors.asserting import assert_access, assert_constraint, assert_function, assert_trigger
from pgassay.behaviors.suggest import suggest_behaviors, toml_of

__all__ = ["assert_access", "assert_constraint", "assert_function", "assert_trigger", "suggest_behaviors", "toml_of"]

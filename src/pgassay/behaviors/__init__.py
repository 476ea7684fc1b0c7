"""Behaviours put to the test: what triggers do when somebody writes, and what each role can do."""

"""Experiments on scratch databases."""

"""Queries planned as the contract says: which index they use, and what they must not do."""

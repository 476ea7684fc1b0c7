"""Numbered steps of SQL: read from a folder, planned against a ledger, and run whole or not at all."""

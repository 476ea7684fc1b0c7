"""What each shipped check does, as plain functions of a context."""

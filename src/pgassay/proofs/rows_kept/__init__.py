"""The round trip with rows in every table: what it costs those who have data."""

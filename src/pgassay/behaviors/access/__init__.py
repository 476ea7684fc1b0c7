"""Access put to the test: what roles can do as it is declared, as the server computes it, and as it turns out."""

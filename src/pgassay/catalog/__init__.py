"""Our frozen record of everything that DDL can make in one database."""

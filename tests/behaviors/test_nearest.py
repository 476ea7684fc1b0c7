from __future__ import annotations

import psycopg
import pytest

from pgassay.behaviors.nearest import hint_for
from pgassay.catalog.read import read_catalog
from pgassay.conninfo import Conninfo

SCHEMA = """
CREATE SCHEMA "S %.x"; CREATE TABLE "S %.x"."Order s" (id int, "unit Price" int);
CREATE TABLE users (id int, email text);
CREATE FUNCTION "Slug 🦉"(text) RETURNS text LANGUAGE sql AS 'SELECT $1';
CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int);
"""


@pytest.mark.parametrize(
    ("statement", "hint"),
    [
        ("INSERT INTO usrs VALUES (1)", "near: users"),
        ("""SELECT * FROM "S %.x"."Orders" """, 'near: "S %.x"."Order s", Order s'),
        ("SELECT * FROM nothing.like_it", "otherwise"),
        ("INSERT INTO users (emial) VALUES ('x')", "near: email"),
        ("""UPDATE "S %.x"."Order s" SET "unit Prise" = 1""", 'near: "unit Price"'),
        ("SELECT u.emial FROM users AS u", 'Perhaps you meant to reference the column "u.email"'),
        ("""SELECT "Slug"('x')""", 'near: "Slug 🦉"'),
        ("SELECT public.totl(1)", "near: total"),
        ("SELECT 1 / 0", "otherwise"),
    ],
)
def test_what_was_meant(database: Conninfo, statement: str, hint: str) -> None:
    with psycopg.connect(database.dsn, autocommit=True) as connection:
        connection.execute(SCHEMA.encode())
        catalog = read_catalog(connection)
        with pytest.raises(psycopg.Error) as caught:
            connection.execute(statement.encode())
    assert hint_for(caught.value, catalog, "otherwise") == hint

from __future__ import annotations

import pytest

from pgassay.migrations.model import Piece
from pgassay.migrations.sources.tern_split import split

pytestmark = pytest.mark.thorough


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("", []),
        (" ;;\n", [";", ";"]),
        ("a; b;", ["a;", "b;"]),
        ("a; b -- c", ["a;", "b -- c"]),
        ("""a ';''' ";""a" E'\\';'; b ";""", ["""a ';''' ";""a" E'\\';';""", 'b ";']),
        ("a /* /* ; */ ; */; b /* ;", ["a /* /* ; */ ; */;", "b /* ;"]),
        ("a -- ;\n; b", ["a -- ;\n;", "b"]),
        ("$$a;$x$;$$; $é_1$;$$;$é_1$; b $1; $a;", ["$$a;$x$;$$;", "$é_1$;$$;$é_1$;", "b $1;", "$a;"]),
        ("$b$;", ["$b$;"]),
        ("CREATE RULE r DO (a; b);", ["CREATE RULE r DO (a;", "b);"]),
        # where tern and PostgreSQL differ
        ("a -- \\\n; b", ["a -- \\\n; b"]),
        ("$b$ 1$$b$; a;", ["$b$ 1$$b$; a;"]),
    ],
)
def test_cut(sql: str, expected: list[str]) -> None:
    assert [piece.sql for piece in split(sql, 1)] == expected


def test_lines() -> None:
    assert split("a;\n\nb\n;c;\n\n", 3) == (Piece("a;", 3), Piece("b\n;", 5), Piece("c;", 6))

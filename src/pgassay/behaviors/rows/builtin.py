"""Candidates for PostgreSQL's own types, and for those of common extensions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from pgassay.behaviors.rows.candidate import Candidate, Pool, constant, cycle, fresh
from pgassay.behaviors.rows.texts import letters, sized_hex, texts, uuid_of
from pgassay.behaviors.rows.type_name import TypeName

EPOCH = datetime(2001, 1, 1, tzinfo=UTC)
_DAYS = 20_000  # about 55 years from the first to the last
_SMALLEST = 32_767
TEXTS = ("text", "character varying", "character", "citext", "name", "bpchar")
WHOLE = {"smallint": _SMALLEST, "integer": 2**31 - 1, "bigint": 2**31 - 1, "oid": 2**31 - 1, "money": 10**9}
FRACTIONS = ("numeric", "real", "double precision")
NUMBERS = (*WHOLE, *FRACTIONS)
TIMES = {
    "date": "%Y-%m-%d",
    "timestamp without time zone": "%Y-%m-%d %H:%M:%S",
    "timestamp with time zone": "%Y-%m-%d %H:%M:%S+00",
}
DAY_TIMES = ("time without time zone", "time with time zone")
NETWORKS = ("inet", "cidr")
JSON = ("json", "jsonb")
RANGES = {
    "int4range": "integer",
    "int8range": "bigint",
    "numrange": "numeric",
    "tsrange": "timestamp without time zone",
    "tstzrange": "timestamp with time zone",
    "daterange": "date",
}


def builtin(type_: TypeName, word: str) -> Pool:
    """Return the candidates for a type; none where it is not known.

    Args:
        type_: The type.
        word: What texts are called after.
    """
    name = type_.name if type_.name in _MAKERS or type_.name in _FAMILIES else type_.bare
    if name in _FAMILIES:
        return tuple(_FAMILIES[name](type_, word))
    return tuple(fresh(make) if make(1) != make(2) else constant(make(1)) for make in _MAKERS.get(name, ()))


def _texts(type_: TypeName, word: str) -> Iterator[Candidate]:
    limit = 63 if type_.bare == "name" else type_.length
    if type_.name == "character" and limit is None:
        limit = 1
    yield from texts(word, limit)


def _whole(type_: TypeName, _: str) -> Iterator[Candidate]:
    most = WHOLE[type_.name]
    yield fresh(lambda n: str(n % most))
    yield fresh(lambda n: str((n + 1) % most))
    yield from map(constant, ("0", "1", "-1"))
    yield fresh(lambda n: str(-(n % most)))


def _fractions(type_: TypeName, _: str) -> Iterator[Candidate]:
    digits, scale = (*map(int, type_.modifiers), 0, 0)[:2] if type_.modifiers else (20, 0)
    whole = 10 ** max(digits - scale, 0)
    yield fresh(lambda n: str(n % whole) if whole > 1 else f"0.{n % 10**digits:0{scale}}")
    yield fresh(lambda n: str((n + 1) % whole))
    yield from map(constant, ("0", "1", "0.5", "-1"))


def _times(type_: TypeName, _: str) -> Iterator[Candidate]:
    form = TIMES[type_.name]
    yield fresh(lambda n: (EPOCH + timedelta(days=n % _DAYS)).strftime(form))
    later = timedelta(days=1) if type_.name == "date" else timedelta(hours=1)
    yield fresh(lambda n: (EPOCH + timedelta(days=n % _DAYS) + later).strftime(form))
    yield fresh(lambda n: (EPOCH + timedelta(days=40_000 + n % _DAYS)).strftime(form))  # in every reader's future


def _bits(type_: TypeName, _: str) -> Iterator[Candidate]:
    size = type_.length or (1 if type_.name == "bit" else 16)
    yield fresh(lambda n: f"{n:0{size}b}"[-size:])
    yield from map(constant, ("1" * size, "0" * size))


def _bytes(_: TypeName, __: str) -> Iterator[Candidate]:
    yield from (fresh(_bytea(size)) for size in (4, 16, 20, 32, 64))
    yield constant("\\x")


def _bytea(size: int) -> Callable[[int], str]:
    digits = sized_hex(2 * size)
    return lambda n: f"\\x{digits(n)}"


def _json(_: TypeName, word: str) -> Iterator[Candidate]:
    yield constant("{}")
    yield fresh(lambda n: f'{{"n": {n}}}')
    yield from map(constant, ("[]", "1", "true", "null", '""'))
    yield fresh(lambda n: f"[{n}]")
    yield fresh(lambda n: f'"{letters(n)}"')
    yield constant(f'[{{"{_json_word(word)}": 1}}]')


def _json_word(word: str) -> str:
    return "".join(c for c in word if c.isalnum() or c == "_")


def _interval(_: TypeName, __: str) -> Iterator[Candidate]:
    yield fresh(lambda n: f"{n} days")
    yield fresh(lambda n: f"{n} months")  # of an interval year to month
    yield fresh(lambda n: f"{n} seconds")
    yield from map(constant, ("0", "1 hour"))


def _time_of_day(type_: TypeName, _: str) -> Iterator[Candidate]:
    zone = "+00" if type_.name == "time with time zone" else ""
    for hour in (0, 1, 12):
        yield fresh(lambda n, hour=hour: f"{hour + n // 60 % 10:02}:{n % 60:02}:00{zone}")  # type: ignore[misc]


def _vector(type_: TypeName, _: str) -> Iterator[Candidate]:
    rest = ",1" * ((type_.length or 3) - 1)
    yield fresh(lambda n: f"[{n % 1_000}{rest}]")
    yield fresh(lambda n: f"{{1:{n % 1_000 + 1}}}/{type_.length or 3}")  # a sparse one


def _geometry(type_: TypeName, _: str) -> Iterator[Candidate]:
    srid = f"SRID={type_.modifiers[1]};" if len(type_.modifiers) > 1 else ""
    kind = type_.modifiers[0].upper() if type_.modifiers else "POINT"
    triangle = "0 0,0 1,1 1,0 0"
    yield fresh(lambda n: f"{srid}POINT({n % 90} {n % 45})")
    shapes = {"LINESTRING": f"({triangle})", "POLYGON": f"(({triangle}))", "MULTIPOINT": "((0 0))"}
    shapes |= {"MULTILINESTRING": f"(({triangle}))", "MULTIPOLYGON": f"((({triangle})))"}
    yield from (constant(f"{srid}{shape}{text}") for shape, text in shapes.items() if kind in {shape, "GEOMETRY"})


def _address(n: int) -> str:
    return f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}"


def _mac(size: int) -> Callable[[int], str]:
    return lambda n: "08:" + ":".join(f"{n >> 8 * place & 255:02x}" for place in reversed(range(size - 1)))


_FAMILIES: Mapping[str, Callable[[TypeName, str], Iterator[Candidate]]] = {
    **dict.fromkeys(TEXTS, _texts),
    **dict.fromkeys(WHOLE, _whole),
    **dict.fromkeys(FRACTIONS, _fractions),
    **dict.fromkeys(TIMES, _times),
    **dict.fromkeys(JSON, _json),
    **dict.fromkeys(("bit", "bit varying"), _bits),
    **dict.fromkeys(DAY_TIMES, _time_of_day),
    **dict.fromkeys(("vector", "halfvec", "sparsevec"), _vector),
    **dict.fromkeys(("geometry", "geography"), _geometry),
    "bytea": _bytes,
    "interval": _interval,
    "boolean": lambda *_: iter([cycle(("false", "true")), constant("true"), constant("false")]),
}

_MAKERS: Mapping[str, tuple[Callable[[int], str], ...]] = {
    "uuid": (uuid_of, lambda n: f"{n:08x}-0000-7000-8000-{n:012x}"),
    "xml": (lambda n: f"<x>{n}</x>", lambda n: f'<?xml version="1.0"?><x>{n}</x>'),
    "inet": (_address, lambda n: f"{_address(n)}/24", lambda n: f"fd00::{n % 65_536:x}"),
    "cidr": (lambda n: f"{_address(n)}/32", lambda n: f"10.{n >> 8 & 255}.{n & 255}.0/24"),
    "macaddr": (_mac(6),),
    "macaddr8": (_mac(8),),
    "point": (lambda n: f"({n},0)",),
    "line": (lambda n: f"{{1,0,{n}}}",),
    "lseg": (lambda n: f"[({n},0),({n},1)]",),
    "box": (lambda n: f"({n + 0.5},1),({n},0)",),
    "path": (lambda n: f"[({n},0),({n},1)]", lambda n: f"(({n},0),({n},1),({n},2))"),
    "polygon": (lambda n: f"(({n},0),({n},1),({n + 0.5},1))",),
    "circle": (lambda n: f"<({n},0),0.4>",),
    "tsvector": (lambda n: f"'{letters(n)}':1", lambda n: f"'a':1 'b':2 '{letters(n)}':3"),
    "tsquery": (lambda n: f"'{letters(n)}'",),
    '"char"': (lambda n: chr(ord("a") + n % 26),),
    "pg_lsn": (lambda n: f"0/{n:X}",),
    "pg_snapshot": (lambda n: f"{n}:{n}:",),
    "txid_snapshot": (lambda n: f"{n}:{n}:",),
    "xid": (str,),
    "xid8": (str,),
    "cid": (str,),
    "tid": (lambda n: f"({n},1)",),
    "jsonpath": (lambda n: f"$.n{n}", lambda _: "$"),
    "int2vector": (lambda n: f"{n % _SMALLEST} 1",),
    "oidvector": (lambda n: f"{n} 1",),
    "refcursor": (lambda n: f"cursor {n}",),
    "aclitem": (lambda _: "pg_monitor=r/pg_monitor",),
    # Where they must differ: any number is read, as an oid.
    "regclass": (lambda _: "pg_catalog.pg_class", str),
    "regtype": (lambda _: "integer", str),
    "regproc": (lambda _: "pg_catalog.now", str),
    "regprocedure": (lambda _: "pg_catalog.now()", str),
    "regoper": (lambda _: "pg_catalog.||/", str),
    "regoperator": (lambda _: "pg_catalog.+(integer,integer)", str),
    "regnamespace": (lambda _: "pg_catalog", str),
    "regrole": (lambda _: "pg_monitor", str),
    "regcollation": (lambda _: 'pg_catalog."C"', str),
    "regconfig": (lambda _: "simple", str),
    "regdictionary": (lambda _: "simple", str),
    # What their input functions take, by the extensions' documentation.
    "ltree": (lambda n: f"top.n{n}",),
    "lquery": (lambda n: f"*.n{n}",),
    "ltxtquery": (lambda n: f"n{n}",),
    "hstore": (lambda n: f"n=>{n}", lambda _: ""),
    "cube": (lambda n: f"({n},0)",),
    "seg": (str,),
    "isbn": (lambda _: "0-306-40615-2",),
    "semver": (lambda n: f"{n}.0.0",),
    "ulid": (lambda n: f"{n:026}",),
}

"""The system catalogs that are watched for changes: every one that some kind reads.

A transaction stamps the rows that it writes, so new rows are found by their `xmin`. What has gone leaves nothing to be
found: where no other row tells of it, the keys of all rows are known, and counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import LiteralString


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A catalog whose rows make up objects that can be read alone.

    Attributes:
        catalog: Its name; `x` is its alias in the other attributes.
        source: What to select from, where that is more than the catalog, and which rows.
        object: The object that a row is of, or belongs to: the name of a catalog, or an expression for its oid, and an
            expression for the oid there.
        key: What tells the row from others; empty where a row goes only together with a row of another catalog.
        name: What others are written with that name the object; None where nobody does.
        counted: Which rows may be of what is not read, but counted (`unread.py`).
    """

    catalog: str
    source: LiteralString
    object: tuple[LiteralString, LiteralString]
    key: tuple[LiteralString, ...] = ()
    name: LiteralString | None = None
    counted: LiteralString = "false"


def _relation(column: LiteralString) -> tuple[LiteralString, LiteralString]:
    return "'pg_class'::regclass", column


# Temporary tables are left out where there may be many of them. TOAST tables are left out, too: whoever sets an option
# of one writes the row of its table as well. A view's query reads as a part of the view, and a new column may change
# how a view over it is written, so that a table's columns count as its name.
WATCHED = (
    Watched(
        catalog="pg_class",
        source="pg_class AS x WHERE x.relpersistence <> 't' AND x.relnamespace <> 99",
        object=_relation("x.oid"),
        key=("x.oid",),
        name="x.relname, x.relnamespace",
    ),
    Watched(
        catalog="pg_attribute",
        source="pg_attribute AS x WHERE true",
        object=_relation("x.attrelid"),
        name="x.attname",
    ),
    Watched(catalog="pg_attrdef", source="pg_attrdef AS x WHERE true", object=_relation("x.adrelid")),
    Watched(catalog="pg_index", source="pg_index AS x WHERE x.indexrelid >= 16384", object=_relation("x.indexrelid")),
    Watched(catalog="pg_sequence", source="pg_sequence AS x WHERE true", object=_relation("x.seqrelid")),
    Watched(catalog="pg_foreign_table", source="pg_foreign_table AS x WHERE true", object=_relation("x.ftrelid")),
    Watched(
        catalog="pg_partitioned_table", source="pg_partitioned_table AS x WHERE true", object=_relation("x.partrelid")
    ),
    Watched(
        catalog="pg_inherits",
        source="pg_inherits AS x WHERE true",
        object=_relation("x.inhrelid"),
        key=("x.inhrelid", "x.inhparent"),
    ),
    Watched(
        catalog="pg_depend",  # what ALTER SEQUENCE ... OWNED BY writes, looked up for each sequence (hence the OFFSET)
        source="""pg_sequence AS s CROSS JOIN LATERAL (
                   SELECT xmin, * FROM pg_depend AS d
                    WHERE d.classid = 'pg_class'::regclass AND d.objid = s.seqrelid AND d.objsubid = 0
                      AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
                   OFFSET 0
               ) AS x
               WHERE true""",
        object=_relation("x.objid"),
        key=("x.objid", "x.refobjid", "x.refobjsubid"),
    ),
    Watched(
        catalog="pg_rewrite",
        source="pg_rewrite AS x WHERE x.oid >= 16384",
        object=_relation("x.ev_class"),
        key=("x.oid",),
    ),
    Watched(
        catalog="pg_constraint",
        source="pg_constraint AS x WHERE x.oid >= 16384",
        object=("'pg_constraint'::regclass", "x.oid"),
        key=("x.oid",),
        name="x.conname",
    ),
    Watched(
        catalog="pg_trigger",
        source="pg_trigger AS x WHERE true",
        object=("'pg_trigger'::regclass", "x.oid"),
        key=("x.oid",),
        name="x.tgname, x.tgenabled",  # whether a constraint does its work is told by its triggers
    ),
    Watched(
        catalog="pg_policy",
        source="pg_policy AS x WHERE true",
        object=("'pg_policy'::regclass", "x.oid"),
        key=("x.oid",),
    ),
    Watched(
        catalog="pg_statistic_ext",
        source="pg_statistic_ext AS x WHERE true",
        object=("'pg_statistic_ext'::regclass", "x.oid"),
        key=("x.oid",),
    ),
    Watched(
        catalog="pg_type",
        source="pg_type AS x WHERE true",
        object=("'pg_type'::regclass", "x.oid"),
        key=("x.oid",),
        name="x.typname, x.typnamespace",
        counted="x.typacl IS NOT NULL OR x.typtype = 'm'",
    ),
    Watched(
        catalog="pg_enum",
        source="pg_enum AS x WHERE x.enumtypid >= 16384",
        object=("'pg_type'::regclass", "x.enumtypid"),
        name="x.enumlabel",
    ),
    Watched(
        catalog="pg_range",
        source="pg_range AS x WHERE x.rngtypid >= 16384",
        object=("'pg_type'::regclass", "x.rngtypid"),
    ),
    Watched(
        catalog="pg_proc",
        source="pg_proc AS x WHERE true",
        object=("'pg_proc'::regclass", "x.oid"),
        key=("x.oid",),
        name="x.proname, x.pronamespace, x.proargnames, x.provariadic",
        counted="x.proacl IS NOT NULL",
    ),
    Watched(
        catalog="pg_aggregate",
        source="pg_aggregate AS x WHERE x.aggfnoid >= 16384",
        object=("'pg_proc'::regclass", "x.aggfnoid"),
    ),
    Watched(
        catalog="pg_description",
        source="pg_description AS x WHERE x.objoid >= 16384",
        object=(
            """CASE x.classoid WHEN 'pg_largeobject'::regclass THEN 'pg_largeobject_metadata'::regclass::oid
                    ELSE x.classoid END""",
            "x.objoid",
        ),
        key=("x.classoid", "x.objoid", "x.objsubid"),
        counted="x.classoid IN ('pg_type'::regclass, 'pg_proc'::regclass)",
    ),
    Watched(
        catalog="pg_description",  # users choose the oids of large objects
        source="""pg_largeobject_metadata AS l
                  JOIN pg_description AS x ON x.objoid = l.oid AND x.classoid = 'pg_largeobject'::regclass
               WHERE l.oid < 16384""",
        object=("'pg_largeobject_metadata'::regclass", "l.oid"),
        key=("x.classoid", "x.objoid"),
    ),
    Watched(
        catalog="pg_description",  # of initdb's own objects only what is said of schema public is read
        source="pg_description AS x WHERE x.objoid = 2200 AND x.classoid = 'pg_namespace'::regclass",
        object=("x.classoid", "x.objoid"),
        key=("x.classoid", "x.objoid"),
    ),
)

# Catalog -> which rows, as WHERE takes them. Objects of few kinds are read anew as soon as one of them has changed.
FEW: dict[str, LiteralString] = {
    "pg_namespace": "nspname !~ '^pg_(temp|toast_temp)_'",
    "pg_auth_members": "true",
    "pg_db_role_setting": "true",
    "pg_database": "datname = current_database()",
    "pg_parameter_acl": "true",
    "pg_default_acl": "true",
    "pg_largeobject_metadata": "true",
    "pg_publication": "true",
    "pg_publication_rel": "true",
    "pg_publication_namespace": "true",
    "pg_event_trigger": "true",
    "pg_shdescription": "true",
    "pg_seclabel": "true",
    "pg_shseclabel": "true",
}

# What is written with their names is everywhere, or they are changed so seldom that all may be read anew.
ALL: dict[str, LiteralString] = {
    "pg_am": "true",
    "pg_amop": "oid >= 16384",
    "pg_amproc": "oid >= 16384",
    "pg_cast": "oid >= 16384",
    "pg_collation": "oid >= 16384",
    "pg_conversion": "oid >= 16384",
    "pg_depend": "refclassid = 'pg_extension'::regclass",
    "pg_extension": "true",
    "pg_foreign_data_wrapper": "true",
    "pg_foreign_server": "true",
    "pg_init_privs": "true",
    "pg_language": "true",
    "pg_opclass": "oid >= 16384",
    "pg_operator": "oid >= 16384",
    "pg_opfamily": "oid >= 16384",
    "pg_tablespace": "true",
    "pg_transform": "true",
    "pg_ts_config": "oid >= 16384",
    "pg_ts_config_map": "mapcfg >= 16384",
    "pg_ts_dict": "oid >= 16384",
    "pg_ts_parser": "oid >= 16384",
    "pg_ts_template": "oid >= 16384",
}

SINCE = {"pg_parameter_acl": 15, "pg_publication_namespace": 15}
"""From which major on there is a catalog that older ones do not have."""

WITH_INITDBS = {"pg_attribute", "pg_class", "pg_proc", "pg_type"}
"""Catalogs in which initdb's own rows are watched as well, in one go: only a superuser's meddling changes those."""

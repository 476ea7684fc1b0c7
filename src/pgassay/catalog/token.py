"""Whether the system catalogs changed while they were read.

Rows are of one snapshot, but deparsed text is of the moment when it is written. Where no transaction has ended in the
meantime, which costs nothing to ask, the two can be mixed. Else rows that are newer than the snapshot tell, where all
older transactions had ended when it was taken; where some had not, a token taken with the rows and once more at the
end. What has gone without a newer row has no text, or none that anything else is written with.
"""

from __future__ import annotations

from psycopg import sql

# The next transaction to end, and those that still run: two equal ones see the same rows.
MOMENT = sql.SQL(
    "SELECT pg_current_snapshot()::text AS snapshot,"
    " pg_snapshot_xmax(pg_current_snapshot())::text::numeric % 4294967296 AS next,"
    " pg_snapshot_xmin(pg_current_snapshot()) < pg_snapshot_xmax(pg_current_snapshot()) AS busy"
)

# Temporary tables come and go all the time on a busy server, in these catalogs too; they are not ours to read.
# What initdb made (below 16384) cannot be renamed; schemas are few. pg_depend is asked for what the kinds take from it:
# members of extensions, and columns that own sequences. Most rows are of few transactions, which are grouped first: to
# make a number of an xid takes a while.
_CHANGES = sql.SQL("""
WITH temporary AS (SELECT oid FROM pg_class WHERE relpersistence = 't' OR relkind = 't'),
changes AS (
    SELECT 'pg_namespace' AS catalog, xmin FROM pg_namespace WHERE nspname !~ '^pg_(temp|toast_temp)_'
    UNION ALL
    SELECT 'pg_class', xmin FROM pg_class WHERE oid >= 16384 AND relpersistence <> 't' AND relkind <> 't'
    UNION ALL
    SELECT 'pg_attribute', xmin FROM pg_attribute
     WHERE attrelid >= 16384 AND attrelid NOT IN (SELECT oid FROM temporary)
    UNION ALL
    SELECT 'pg_attrdef', xmin FROM pg_attrdef WHERE adrelid NOT IN (SELECT oid FROM temporary)
    UNION ALL
    SELECT 'pg_constraint', xmin FROM pg_constraint
     WHERE oid >= 16384 AND conrelid NOT IN (SELECT oid FROM temporary)
    UNION ALL
    SELECT 'pg_index', xmin FROM pg_index
     WHERE indexrelid >= 16384 AND indrelid NOT IN (SELECT oid FROM temporary)
    UNION ALL
    SELECT 'pg_trigger', xmin FROM pg_trigger WHERE tgrelid NOT IN (SELECT oid FROM temporary)
    UNION ALL
    SELECT 'pg_type', t.xmin FROM pg_type AS t LEFT JOIN pg_type AS element ON element.oid = t.typelem
     WHERE t.oid >= 16384 AND t.typrelid NOT IN (SELECT oid FROM temporary)
       AND coalesce(element.typrelid, 0) NOT IN (SELECT oid FROM temporary)
    UNION ALL
    SELECT 'pg_depend', xmin FROM pg_depend
     WHERE deptype = 'e' OR (classid = 'pg_class'::regclass AND refclassid = 'pg_class'::regclass AND refobjsubid > 0
                             AND deptype IN ('a', 'i') AND objid NOT IN (SELECT oid FROM temporary))
    UNION ALL
    SELECT 'pg_rewrite', xmin FROM pg_rewrite
     WHERE oid >= 16384 AND ev_class NOT IN (SELECT oid FROM temporary)
    UNION ALL
    SELECT 'pg_sequence', xmin FROM pg_sequence WHERE seqrelid NOT IN (SELECT oid FROM temporary)
    UNION ALL SELECT 'pg_proc', xmin FROM pg_proc WHERE oid >= 16384
    UNION ALL
    SELECT 'pg_policy', xmin FROM pg_policy WHERE polrelid NOT IN (SELECT oid FROM temporary)
    UNION ALL
    SELECT 'pg_inherits', xmin FROM pg_inherits WHERE inhrelid NOT IN (SELECT oid FROM temporary)
    UNION ALL SELECT 'pg_statistic_ext', xmin FROM pg_statistic_ext
    UNION ALL SELECT 'pg_publication_rel', xmin FROM pg_publication_rel
    UNION ALL SELECT 'pg_enum', xmin FROM pg_enum
    UNION ALL SELECT 'pg_extension', xmin FROM pg_extension
    UNION ALL SELECT 'pg_operator', xmin FROM pg_operator WHERE oid >= 16384
    UNION ALL SELECT 'pg_opclass', xmin FROM pg_opclass WHERE oid >= 16384
    UNION ALL SELECT 'pg_collation', xmin FROM pg_collation WHERE oid >= 16384
)
""")

TOKEN = _CHANGES + sql.SQL("""
SELECT catalog, sum(n) AS rows, sum(xmin::text::bigint * n) AS written_by
FROM (SELECT catalog, xmin, count(*) AS n FROM changes GROUP BY catalog, xmin) AS written
GROUP BY catalog
ORDER BY catalog
""")

# Takes the number of the first transaction that a snapshot does not see.
ANY_NEWER = _CHANGES + sql.SQL(
    "SELECT EXISTS (SELECT FROM changes WHERE age(xmin) <= (SELECT age(%(next)s::text::xid))) AS found"
)

"""Mends of roles, memberships, role settings and default privileges."""

from __future__ import annotations

from collections.abc import Iterable

from pgassay.catalog.difference import Difference
from pgassay.catalog.kinds.default_privileges import DefaultPrivileges
from pgassay.catalog.kinds.roles import Membership, Role, RoleSetting
from pgassay.catalog.mends.common import set_comment
from pgassay.catalog.mends.context import Context, Mender, Statements, both
from pgassay.catalog.mends.settings import setting_value
from pgassay.catalog.record import Grant
from pgassay.catalog.roles_map import ALL_ROLES, OWNER, PUBLIC
from pgassay.catalog.sqltext import literal, on_this_database, quote_name, role, sentence

FLAGS = {
    "superuser": "SUPERUSER",
    "inherit": "INHERIT",
    "create_role": "CREATEROLE",
    "create_db": "CREATEDB",
    "login": "LOGIN",
    "replication": "REPLICATION",
    "bypass_rls": "BYPASSRLS",
}


def _option(name: str, value: object) -> str:
    match name:
        case "connection_limit":
            return f"CONNECTION LIMIT {value}"
        case "valid_until":
            return f"VALID UNTIL {literal(str(value or 'infinity'))}"
        case _:
            return FLAGS[name] if value else f"NO{FLAGS[name]}"


def create_role(wanted: Role, _context: Context) -> Statements:
    """Create a role; its password is not known here."""
    words = [_option(name, True) for name in FLAGS if getattr(wanted, name)]
    words += [_option("inherit", value=False)] if not wanted.inherit else []
    words += [_option("connection_limit", wanted.connection_limit)] if wanted.connection_limit != -1 else []
    words += [_option("valid_until", wanted.valid_until)] if wanted.valid_until is not None else []
    statement = " ".join(["CREATE ROLE", quote_name(wanted.name), *words])
    return [f"{statement};", *(set_comment(wanted, wanted.comment) if wanted.comment is not None else [])]


def drop_role(extra: Role, _context: Context) -> Statements:
    """Offer the ways out for a role that the contract does not know."""
    name = quote_name(extra.name)
    return [
        sentence(f"what {name} owns and holds goes first: REASSIGN OWNED, DROP OWNED; or add the role to the contract"),
        f"DROP ROLE {name};",
    ]


def alter_role(difference: Difference, _context: Context) -> Statements:
    """Mend a role's attributes in one statement."""
    words = " ".join(_option(attribute.name, attribute.expected) for attribute in difference.attributes)
    wanted, _ = both(difference)
    return [f"ALTER ROLE {quote_name(wanted.name)} {words};"]


def _granted_by(grantor: str) -> str:
    return f" GRANTED BY {quote_name(grantor)}"


def create_membership(wanted: Membership, context: Context) -> Statements:
    """Grant a role; from PostgreSQL 16 on with what it passes on."""
    statement = f"GRANT {quote_name(wanted.role)} TO {quote_name(wanted.member)}"
    if wanted.inherit is None or context.actual.major < 16:
        options = " WITH ADMIN OPTION" if wanted.admin else ""
    else:
        flags = {"ADMIN": wanted.admin, "INHERIT": wanted.inherit, "SET": wanted.set}
        options = " WITH " + ", ".join(f"{name} {str(value).upper()}" for name, value in flags.items())
    return [f"{statement}{options}{_granted_by(wanted.grantor)};"]


def drop_membership(extra: Membership, _context: Context) -> Statements:
    """Revoke a role."""
    members = f"{quote_name(extra.role)} FROM {quote_name(extra.member)}"
    return [f"REVOKE {members}{_granted_by(extra.grantor)};"]


def alter_membership(difference: Difference, context: Context) -> Statements:
    """Grant anew what only gains, else revoke first."""
    wanted, found = both(difference)
    before_16 = wanted.inherit is None or context.actual.major < 16
    if wanted.grantor != found.grantor:
        return [*drop_membership(found, context), *create_membership(wanted, context)]
    if before_16 and not wanted.admin:
        members = f"{quote_name(wanted.role)} FROM {quote_name(wanted.member)}"
        return [f"REVOKE ADMIN OPTION FOR {members}{_granted_by(found.grantor)};"]
    return create_membership(wanted, context)


def _setting(setting: RoleSetting, action: str) -> Statements:
    """Compose ALTER ROLE, for all databases or for this one."""
    name = "ALL" if setting.role == ALL_ROLES else quote_name(setting.role)
    if setting.scope == "cluster":
        return [f"ALTER ROLE {name} {action};"]
    return [on_this_database(f"ALTER ROLE {name} IN DATABASE {{}} {action}")]


def create_setting(wanted: RoleSetting, _context: Context) -> Statements:
    """Set a role's setting."""
    return _setting(wanted, f"SET {quote_name(wanted.name)} TO {setting_value(wanted.name, wanted.value)}")


def drop_setting(extra: RoleSetting, _context: Context) -> Statements:
    """Reset a role's setting."""
    return _setting(extra, f"RESET {quote_name(extra.name)}")


BUILT_IN = {
    "tables": ("DELETE", "INSERT", "REFERENCES", "SELECT", "TRIGGER", "TRUNCATE", "UPDATE"),
    "sequences": ("SELECT", "UPDATE", "USAGE"),
    "functions": ("EXECUTE",),
    "types": ("USAGE",),
    "schemas": ("CREATE", "USAGE"),
    "large objects": ("SELECT", "UPDATE"),
}
"""What an owner holds on a new object (acldefault in src/backend/utils/adt/acl.c)."""

BUILT_IN_PUBLIC = {"functions": "EXECUTE", "types": "USAGE"}


def built_in(wanted: DefaultPrivileges, major: int) -> frozenset[Grant]:
    """Return what holds where ALTER DEFAULT PRIVILEGES said nothing; in one schema only additions are kept."""
    if wanted.schema:
        return frozenset()
    words = BUILT_IN[wanted.object_type] + (("MAINTAIN",) if wanted.object_type == "tables" and major >= 17 else ())
    public = BUILT_IN_PUBLIC.get(wanted.object_type)
    grants = {Grant(wanted.role, word, grantable=False, grantor=OWNER) for word in words}
    return frozenset(grants | ({Grant(PUBLIC, public, grantable=False, grantor=OWNER)} if public else set()))


def create_defaults(wanted: DefaultPrivileges, context: Context) -> Statements:
    """Bring default privileges from the built-in ones to the expected ones."""
    before = built_in(wanted, context.actual.major)
    return _defaults(wanted, missing=wanted.privileges - before, extra=before - wanted.privileges)


def drop_defaults(extra: DefaultPrivileges, context: Context) -> Statements:
    """Bring default privileges back to the built-in ones."""
    before = built_in(extra, context.actual.major)
    return _defaults(extra, missing=before - extra.privileges, extra=extra.privileges - before)


def alter_defaults(difference: Difference, _context: Context) -> Statements:
    """Mend default privileges element by element."""
    wanted, _ = both(difference)
    return [s for a in difference.attributes for s in _defaults(wanted, missing=a.missing, extra=a.extra)]


def _defaults(wanted: DefaultPrivileges, *, missing: Iterable[Grant], extra: Iterable[Grant]) -> Statements:
    schema = f" IN SCHEMA {quote_name(wanted.schema)}" if wanted.schema else ""
    start = f"ALTER DEFAULT PRIVILEGES FOR ROLE {quote_name(wanted.role)}{schema}"
    sort = wanted.object_type.upper()
    revokes = [f"{start} REVOKE {g.privilege} ON {sort} FROM {role(g.grantee)};" for g in sorted(extra)]
    return revokes + [
        f"{start} GRANT {g.privilege} ON {sort} TO {role(g.grantee)}{' WITH GRANT OPTION' if g.grantable else ''};"
        for g in sorted(missing)
    ]


def _alter_setting(difference: Difference, context: Context) -> Statements:
    return create_setting(both(difference)[0], context)


MENDERS = {
    Role.KIND: Mender(create=create_role, drop=drop_role, alter=alter_role),
    Membership.KIND: Mender(create=create_membership, drop=drop_membership, alter=alter_membership),
    RoleSetting.KIND: Mender(create=create_setting, drop=drop_setting, alter=_alter_setting),
    DefaultPrivileges.KIND: Mender(create=create_defaults, drop=drop_defaults, alter=alter_defaults),
}

"""Privileges as plain values: who -> what, such as `{"app": ["INSERT", "SELECT with grant option"]}`."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pgassay.catalog.record import Grant, RoleName
from pgassay.errors import CatalogError

# PostgreSQL's words for privileges are capitals and spaces, so that they end where ours begin.
PRIVILEGE = re.compile("(?P<word>[A-Z ]+?)(?P<option> with grant option)?(?: by (?P<grantor>.*))?", re.DOTALL)


def dump_grants(grants: Collection[Grant]) -> Mapping[str, list[str]]:
    """Return what each grantee may do, in a stable order; the grantor is said where it is not the owner."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for grant in sorted(grants):
        option = " with grant option" if grant.grantable else ""
        by = "" if grant.grantor == "owner" else f" by {grant.grantor}"
        found[grant.grantee].append(f"{grant.privilege}{option}{by}")
    return dict(found)


def load_grants(plain: Mapping[str, Any]) -> frozenset[Grant]:
    """Return the grants that `dump_grants` wrote.

    Raises:
        CatalogError: A privilege is written in another way.
    """
    return frozenset(grant for grantee, privileges in plain.items() for grant in _grants(grantee, privileges))


def _grants(grantee: str, privileges: Any) -> Iterator[Grant]:
    for text in privileges if isinstance(privileges, list) else [privileges]:
        found = PRIVILEGE.fullmatch(text) if isinstance(text, str) else None
        if found is None:
            raise CatalogError(f"expected a privilege, found {text!r:.80}")
        grantor = RoleName("owner" if found["grantor"] is None else found["grantor"])
        yield Grant(RoleName(grantee), found["word"], found["option"] is not None, grantor)

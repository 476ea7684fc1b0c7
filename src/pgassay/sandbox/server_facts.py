"""What of a server decides what a template built on it holds, beside its version.

Every query reads what any role may read: on a server of somebody else's we need not be superuser. What is hidden from a
role (a few settings) does not count for it, and its templates have names of their own.
"""

from __future__ import annotations

from typing import Any, LiteralString

import psycopg

# What was written for this server alone, in its configuration or on its command line; not what tells one server from
# another, or says where it logs to.
_SETTINGS: LiteralString = r"""
SELECT name || '=' || setting
  FROM pg_catalog.pg_settings
 WHERE source IN ('configuration file', 'command line')
   AND name NOT IN (
           'cluster_name', 'port', 'listen_addresses', 'unix_socket_directories', 'unix_socket_group',
           'unix_socket_permissions', 'bonjour', 'bonjour_name', 'data_directory', 'config_file', 'hba_file',
           'ident_file', 'external_pid_file', 'event_source'
       )
   AND name !~ '^(log_|logging_|syslog_|ssl_)'
 ORDER BY name COLLATE "C"
"""

# Databases are made from template0. Which of these columns there are depends on the major: as JSON, none is missed.
_LOCALE: LiteralString = """
SELECT item.key || '=' || item.value
  FROM pg_catalog.pg_database AS d,
       LATERAL jsonb_each_text(to_jsonb(d)) AS item
 WHERE d.datname = 'template0'
   AND item.key IN (
           'encoding', 'datcollate', 'datctype', 'datlocprovider', 'daticulocale', 'datlocale', 'daticurules',
           'datcollversion'
       )
 ORDER BY item.key COLLATE "C"
"""

# CREATE EXTENSION takes the default version: a package's update changes what a migration makes.
_EXTENSIONS: LiteralString = """
SELECT name || '=' || coalesce(default_version, '')
  FROM pg_catalog.pg_available_extensions
 ORDER BY name COLLATE "C"
"""

_QUERIES = {"setting": _SETTINGS, "locale": _LOCALE, "extension": _EXTENSIONS}


def read_server_facts(connection: psycopg.Connection[Any]) -> tuple[str, ...]:
    """Return everything of a server that decides what a template holds: settings, template0's locale, extensions.

    Args:
        connection: Any role's, to any database of the server.
    """
    return tuple(
        f"{kind} {fact}" for kind, query in _QUERIES.items() for (fact,) in connection.execute(query).fetchall()
    )

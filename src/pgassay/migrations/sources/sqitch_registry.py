"""sqitch's own tables, in a schema of their own.

Source: github.com/sqitchers/sqitch, lib/App/Sqitch/Engine/pg.sql (registry 1.1). Comments, events, tags and
dependencies are left out of what is written.
"""

from __future__ import annotations

from pgassay.migrations.model import OwnTable

REGISTRY = OwnTable(
    name="changes",
    schema="sqitch",
    siblings=("releases", "projects", "tags", "dependencies", "events"),
    setup=(
        """CREATE TABLE {releases} (version REAL PRIMARY KEY,
        installed_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(), installer_name TEXT NOT NULL,
        installer_email TEXT NOT NULL)""",
        "INSERT INTO {releases} (version, installer_name, installer_email) VALUES (1.1, current_user, '')",
        """CREATE TABLE {projects} (project TEXT PRIMARY KEY, uri TEXT NULL UNIQUE,
        created_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(), creator_name TEXT NOT NULL,
        creator_email TEXT NOT NULL)""",
        """CREATE TABLE {table} (change_id TEXT PRIMARY KEY, script_hash TEXT NULL, change TEXT NOT NULL,
        project TEXT NOT NULL REFERENCES {projects} (project) ON UPDATE CASCADE, note TEXT NOT NULL DEFAULT '',
        committed_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(), committer_name TEXT NOT NULL,
        committer_email TEXT NOT NULL, planned_at TIMESTAMPTZ NOT NULL, planner_name TEXT NOT NULL,
        planner_email TEXT NOT NULL, UNIQUE (project, script_hash))""",
        """CREATE TABLE {tags} (tag_id TEXT PRIMARY KEY, tag TEXT NOT NULL,
        project TEXT NOT NULL REFERENCES {projects} (project) ON UPDATE CASCADE,
        change_id TEXT NOT NULL REFERENCES {table} (change_id) ON UPDATE CASCADE, note TEXT NOT NULL DEFAULT '',
        committed_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(), committer_name TEXT NOT NULL,
        committer_email TEXT NOT NULL, planned_at TIMESTAMPTZ NOT NULL, planner_name TEXT NOT NULL,
        planner_email TEXT NOT NULL, UNIQUE (project, tag))""",
        """CREATE TABLE {dependencies} (
        change_id TEXT NOT NULL REFERENCES {table} (change_id) ON UPDATE CASCADE ON DELETE CASCADE, type TEXT NOT NULL,
        dependency TEXT NOT NULL, dependency_id TEXT NULL REFERENCES {table} (change_id) ON UPDATE CASCADE
        CONSTRAINT dependencies_check CHECK ((type = 'require' AND dependency_id IS NOT NULL)
        OR (type = 'conflict' AND dependency_id IS NULL)), PRIMARY KEY (change_id, dependency))""",
        """CREATE TABLE {events} (event TEXT NOT NULL CONSTRAINT events_event_check
        CHECK (event IN ('deploy', 'revert', 'fail', 'merge')), change_id TEXT NOT NULL, change TEXT NOT NULL,
        project TEXT NOT NULL REFERENCES {projects} (project) ON UPDATE CASCADE, note TEXT NOT NULL DEFAULT '',
        requires TEXT[] NOT NULL DEFAULT '{{}}', conflicts TEXT[] NOT NULL DEFAULT '{{}}',
        tags TEXT[] NOT NULL DEFAULT '{{}}', committed_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
        committer_name TEXT NOT NULL, committer_email TEXT NOT NULL, planned_at TIMESTAMPTZ NOT NULL,
        planner_name TEXT NOT NULL, planner_email TEXT NOT NULL, PRIMARY KEY (change_id, committed_at))""",
    ),
    applied=(
        """INSERT INTO {projects} (project, creator_name, creator_email)
        VALUES (%(project)s, current_user, '') ON CONFLICT DO NOTHING""",
        """INSERT INTO {table} (change_id, script_hash, change, project, committer_name, committer_email, planned_at,
        planner_name, planner_email)
        VALUES (%(key)s, %(checksum)s, %(name)s, %(project)s, current_user, '', now(), current_user, '')""",
    ),
    reverted=("DELETE FROM {table} WHERE change_id = %(key)s",),
)

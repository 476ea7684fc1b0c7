"""What proving hundreds of migrations costs, side by side with running them, pg_dump and pytest-alembic.

Usage: python bench/migrations.py [walk|dump|alembic|growth|load ...]; default: all. Exit code 1: a limit is not kept.
It starts a scratch server of its own from the PostgreSQL on this machine.
"""

from migrations.figures import main  # the package beside this file

if __name__ == "__main__":
    raise SystemExit(main())

"""What proving hundreds of migrations costs, side by side with running them and with pg_dump, in one run.

Usage: python bench/migrations.py [walk|dump|growth|load ...]; default: all. Exit code 1: a limit is not kept.
It starts a scratch server of its own from the PostgreSQL on this machine.
"""

from migrations.figures import main  # the package beside this file

if __name__ == "__main__":
    raise SystemExit(main())

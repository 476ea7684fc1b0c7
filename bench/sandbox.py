"""What a private database costs a test, side by side with peers in one run: medians over interleaved blocks.

Usage: python bench/sandbox.py [--tests N] [--only NAME ...] [--markdown]. Exit code 1: a limit is not kept.
It wants pytest-postgresql and pytest-xdist beside pgassay (`make bench` sees to it), and PostgreSQL's programs.
"""

from sandbox.main import main  # the package beside this file

if __name__ == "__main__":
    raise SystemExit(main())

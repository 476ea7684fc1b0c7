"""What putting behaviours to the test costs.

Usage: python bench/behaviors.py [example|matrix|rows ...]; default: all. Exit code 1: a limit is not kept.
It starts a scratch server of its own from the PostgreSQL on this machine.
"""

from behaviors.figures import main  # the package beside this file

if __name__ == "__main__":
    raise SystemExit(main())

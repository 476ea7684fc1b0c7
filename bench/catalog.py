"""What reading, comparing and asserting a large schema costs, side by side with pg_dump and pgTAP in one run.

Usage: python bench/catalog.py [read|update|facts|compare|example|growth|fleet ...]; default: all. Exit code 1: a limit
is not kept.
It starts a scratch server of its own from the PostgreSQL on this machine; `facts` wants pgTAP there (Debian's
postgresql-15-pgtap) and pg_prove on the path. PGASSAY_BENCH_FLEET=20 makes a smaller fleet than 200.
"""

from catalog.figures import main  # the package beside this file

if __name__ == "__main__":
    raise SystemExit(main())

"""As the README of pytest-postgresql sets it up; the programs and the server's settings come from pytest.ini."""

from pathlib import Path

from pytest_postgresql import factories

postgresql_bench_proc = factories.postgresql_proc(load=[Path(__file__).with_name("schema.sql")])
postgresql = factories.postgresql("postgresql_bench_proc")

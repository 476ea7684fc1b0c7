"""A pytest plugin of the generated projects: writes what each phase of each test took, as pytest reports it."""

import json
import os
import sys
from pathlib import Path

import pytest

_tests: dict[str, dict[str, object]] = {}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    test = _tests.setdefault(report.nodeid, {"worker": getattr(report, "worker_id", "")})
    test[report.when or ""] = report.duration
    test["ended"] = report.stop
    if report.when == "call":
        test["began"] = report.start
        test.update(report.user_properties)


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # a worker of xdist; the controller has its reports
        record = {"tests": list(_tests.values()), "modules": sorted(sys.modules)}
        Path(os.environ["BENCH_RECORD"]).write_text(json.dumps(record))

"""Reports as JSON, for other programs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from pgassay.findings import Report

FORMAT = 1


def reports_json(reports: Iterable[Report]) -> str:
    """Return reports as one JSON document: `{"format": 1, "reports": [...]}`."""
    return json.dumps(
        {"format": FORMAT, "reports": [plain_report(report) for report in reports]}, indent=2, ensure_ascii=False
    )


def plain_report(report: Report) -> dict[str, Any]:
    """Return a report as plain values: mappings, lists, text, numbers."""
    findings = [{**asdict(f), "key": f.key, "outcome": f.outcome.value} for f in report.findings]
    return {
        "title": report.title,
        "outcome": report.outcome.value,
        "looked_at": report.looked_at,
        "seconds": round(report.seconds, 3),
        "findings": findings,
        "accepted": list(report.accepted),
        "notes": list(report.notes),
    }

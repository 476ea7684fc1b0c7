"""Health of an application and its database: indicators, one answer for all of them, and a Starlette application.

Not imported by `pgassay.runtime`: who has no health endpoint pays nothing for it. Starlette is loaded by `health_app`
alone, uvicorn by `serve`.
"""

from pgassay.runtime.health.app import health_app
from pgassay.runtime.health.database import DatabaseHealth
from pgassay.runtime.health.health import Health
from pgassay.runtime.health.result import HealthIndicator, HealthReport, HealthResult, HealthStatus
from pgassay.runtime.health.serve import serve

__all__ = [
    "DatabaseHealth",
    "Health",
    "HealthIndicator",
    "HealthReport",
    "HealthResult",
    "HealthStatus",
    "health_app",
    "serve",
]

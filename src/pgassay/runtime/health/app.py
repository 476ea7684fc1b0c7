"""The health of an application over HTTP, for Starlette, FastAPI, and alone."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from pgassay.errors import UsageError
from pgassay.runtime.health.health import Health
from pgassay.runtime.health.result import HealthIndicator, HealthReport, HealthResult, HealthStatus

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

PATH = "/health"
_INSTALL = "pip install 'pgassay[health]'"


def health_app(health: Health | Iterable[HealthIndicator], *, path: str = PATH) -> Starlette:
    """Return an application that answers `GET /health` (all indicators) and `GET /health/<name>` (one of them).

    The answer is JSON with `status`, `info` (what is up), `error` (what is down) and `details` (both); its code is 200
    or 503, and 404 for a name that is unknown. It may not be kept by a cache.

    Take its routes into an application: `app.router.routes.extend(health_app(health).routes)`; or mount it behind all
    other routes: `app.mount("/", health_app(health))`; or serve it alone (`serve`, `pgassay health serve`).

    Args:
        health: The indicators, or a `Health` of them whose times you chose, and that you `shut_down()`.
        path: Where it answers.

    Raises:
        UsageError: Starlette is not installed, the path means nothing, or the indicators do not go together.
    """
    asked = health if isinstance(health, Health) else Health(health)
    if not path.startswith("/") or path.endswith("/"):
        raise UsageError(f'the path of the health application is "{path}"', hint="it begins with / and ends without")
    try:
        from starlette.applications import Starlette
        from starlette.routing import Route
    except ModuleNotFoundError as error:
        raise missing(error) from None

    async def every(_: Request) -> Response:
        return _response(await asked.check())

    async def one(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in asked.names:
            unknown = HealthResult.failed(f"there is no such check; there are: {', '.join(asked.names)}")
            return _response(HealthReport.of({name: unknown}), code=404)
        return _response(await asked.check(name))

    return Starlette(routes=[Route(path, every), Route(f"{path}/{{name}}", one)])


def missing(error: ModuleNotFoundError) -> UsageError:
    """Return what to say where a package of the extra is not installed."""
    package = (error.name or "").partition(".")[0]
    return UsageError(f"health over HTTP needs {package}, which is not installed", hint=_INSTALL)


def _response(report: HealthReport, *, code: int | None = None) -> Response:
    from starlette.responses import Response

    return Response(
        json.dumps(report.as_dict(), ensure_ascii=False),
        status_code=code or (200 if report.status is HealthStatus.OK else 503),
        headers={"Cache-Control": "no-store"},
        media_type="application/json",
    )

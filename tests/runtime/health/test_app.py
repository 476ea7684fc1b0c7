"""Over HTTP: alone, in Starlette, in FastAPI."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import fastapi
import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from pgassay.errors import UsageError
from pgassay.runtime.health import Health, HealthResult, health_app

pytestmark = pytest.mark.anyio


class Indicator:
    def __init__(self, name: str, *, up: bool = True) -> None:
        self.name = name
        self._result = HealthResult.well(role="primary") if up else HealthResult.failed("it is tired")

    async def check(self) -> HealthResult:
        return self._result


def good() -> Health:
    return Health([Indicator("db"), Indicator("queue")])


async def hello(_: object) -> PlainTextResponse:
    return PlainTextResponse("hello")


def mounted_in_fastapi(health: Health) -> ASGIApp:
    app = fastapi.FastAPI()
    app.get("/hello")(lambda: "hello")
    app.mount("/", health_app(health))
    return app


def taken_into_fastapi(health: Health) -> ASGIApp:
    app = fastapi.FastAPI()
    app.router.routes.extend(health_app(health).routes)
    app.get("/hello")(lambda: "hello")
    return app


def mounted_in_starlette(health: Health) -> ASGIApp:
    return Starlette(routes=[Route("/hello", hello), Mount("/", health_app(health))])


def taken_into_starlette(health: Health) -> ASGIApp:
    return Starlette(routes=[*health_app(health).routes, Route("/hello", hello)])


IN_APPLICATIONS = [mounted_in_fastapi, taken_into_fastapi, mounted_in_starlette, taken_into_starlette]


def client(app: ASGIApp) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


@pytest.mark.parametrize("make", [health_app, *IN_APPLICATIONS])
async def test_it_answers_wherever_it_is_put(make: Callable[[Health], ASGIApp]) -> None:
    async with client(make(good())) as http:
        every, one = await http.get("/health"), await http.get("/health/db")
        assert (every.status_code, every.json()["status"], [*every.json()["info"]]) == (200, "ok", ["db", "queue"])
        assert (one.status_code, one.json()["details"]) == (200, {"db": {"status": "up", "role": "primary"}})
        if make is not health_app:
            assert (await http.get("/hello")).status_code == 200


async def test_what_is_down_is_503() -> None:
    async with client(health_app([Indicator("db"), Indicator("queue", up=False)])) as http:
        answers = {path: (await http.get(path)).status_code for path in ("/health", "/health/db", "/health/queue")}
        assert answers == {"/health": 503, "/health/db": 200, "/health/queue": 503}
        assert (await http.get("/health")).json()["error"] == {"queue": {"status": "down", "message": "it is tired"}}


async def test_an_unknown_name_is_404_in_the_same_shape() -> None:
    async with client(health_app(good())) as http:
        answer = await http.get("/health/q%22ueue")
        entry = {'q"ueue': {"status": "down", "message": "there is no such check; there are: db, queue"}}
        assert answer.status_code == 404
        assert answer.json() == {"status": "error", "info": {}, "error": entry, "details": entry}


async def test_nobody_keeps_an_answer() -> None:
    async with client(health_app(good())) as http:
        for path in ("/health", "/health/db", "/health/nobody"):
            answer = await http.get(path)
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["content-type"] == "application/json"


async def test_other_methods() -> None:
    async with client(health_app(good())) as http:
        assert (await http.head("/health")).status_code == (await http.head("/health/db")).status_code == 200
        assert (await http.post("/health")).status_code == 405


async def test_shutting_down_is_503() -> None:
    health = good()
    health.shut_down()
    async with client(health_app(health)) as http:
        for path in ("/health", "/health/db"):
            answer = await http.get(path)
            assert (answer.status_code, answer.json()["status"]) == (503, "shutting_down")


async def test_another_path() -> None:
    async with client(health_app(good(), path="/internal/healthz")) as http:
        assert (await http.get("/internal/healthz/db")).status_code == 200
        assert (await http.get("/health")).status_code == 404


async def test_mounted_in_a_wrong_place_it_says_nothing_good() -> None:
    """A redirect would be taken for health by probes that look for a code below 400."""
    app = fastapi.FastAPI()
    app.mount("/health", health_app(good()))
    async with client(app) as http:
        for path in ("/health", "/health/", "/health/db"):
            assert (await http.get(path, follow_redirects=True)).status_code == 404


@pytest.mark.parametrize("path", ["", "/", "health", "/health/"])
def test_a_path_that_means_nothing(path: str) -> None:
    with pytest.raises(UsageError, match="the path of the health application"):
        health_app(good(), path=path)


def test_duplicate_names_are_an_error_at_the_start() -> None:
    with pytest.raises(UsageError, match='two health indicators are called "db"'):
        health_app([Indicator("db"), Indicator("db")])


@pytest.mark.parametrize("package", ["starlette", "uvicorn"])
def test_what_is_not_installed_is_named(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from pgassay.runtime.health import serve

    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(UsageError, match=f"needs {package}, .*\nhint: pip install 'pgassay\\[health\\]'"):
        health_app(good()) if package == "starlette" else serve(good(), port=0)


def test_neither_is_loaded_before_it_is_needed() -> None:
    code = (
        "import sys, pgassay.runtime; print(*(m for m in sys.modules if m.startswith('pgassay.runtime.health')));"
        "import pgassay.runtime.health; print(*(sys.modules.keys() & {'starlette', 'uvicorn', 'anyio'}))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout == "\n\n"


def test_the_public_names() -> None:
    from pgassay.runtime import health

    assert health.__all__ == [
        "DatabaseHealth",
        "Health",
        "HealthIndicator",
        "HealthReport",
        "HealthResult",
        "HealthStatus",
        "health_app",
        "serve",
    ]

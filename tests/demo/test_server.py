"""Starting and stopping, credentials, what Django itself answers."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import httpx
import pytest

from kobotui.demo.faults import FaultError
from kobotui.demo.server import DemoOptions, DemoServer, write_credentials

if TYPE_CHECKING:
    from pathlib import Path

SMALL = DemoOptions(seed=3, projects=2, submissions=5)


def test_nothing_is_left_behind() -> None:
    before = threading.active_count()
    with DemoServer(SMALL) as server:
        assert httpx.get(f"{server.url}/service_health/minimal/", trust_env=False).text == "ok"
        assert threading.active_count() > before
        url = server.url
    assert threading.active_count() == before
    try:
        httpx.get(url, trust_env=False)
    except httpx.ConnectError:
        return
    raise AssertionError("the port still answers")


def test_revoking_the_key_of_nobody_is_a_mistake() -> None:
    with pytest.raises(FaultError, match="no such user"):
        DemoServer(DemoOptions(seed=3, projects=1, submissions=1, faults="revoke=nobody"))


def test_stop_without_start_and_twice() -> None:
    DemoServer(SMALL).stop()
    server = DemoServer(SMALL).start()
    server.stop()
    server.stop()


def test_everybody_can_log_in() -> None:
    with DemoServer(SMALL) as server, httpx.Client(base_url=server.url, trust_env=False) as client:
        assert [a.username for a in server.accounts[:5]] == ["admin", "ben", "carol", "dana", "root"]
        for account in server.accounts[:6]:
            reply = client.get("/token/", auth=(account.username, account.password))
            assert reply.json() == {"token": account.token}
        assert set(server.credentials()) == {"owner", "alice", "bob", "carol", "root"}


def test_credentials_are_for_their_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "users.json"
    path.write_text("{}")
    path.chmod(0o644)
    write_credentials(path, {"owner": {"token": "t"}})
    assert path.stat().st_mode & 0o777 == 0o600
    assert json.loads(path.read_text()) == {"owner": {"token": "t"}}


def test_importing_the_demo_loads_no_server() -> None:
    late = ("starlette", "uvicorn", "pyxform", "openpyxl", "msgspec")
    code = f"import sys, kobotui.demo.server; print([m for m in {late} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_starting_loads_no_compiler() -> None:
    code = (
        "import sys\nfrom kobotui.demo.server import DemoOptions, DemoServer\n"
        "with DemoServer(DemoOptions(seed=1, projects=100)): pass\n"
        "print([m for m in ('pyxform', 'openpyxl', 'httpx') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_serving_alone(tmp_path: Path) -> None:
    path = tmp_path / "users.json"
    code = (
        "import sys\nfrom pathlib import Path\nfrom kobotui.demo.server import DemoOptions, serve\n"
        f"serve('127.0.0.1', 0, DemoOptions(seed=3, projects=2, submissions=5), Path({str(path)!r}))"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        url = process.stdout.readline().strip()
        token = json.loads(path.read_text())["owner"]["token"]
        reply = httpx.get(f"{url}/me/", headers={"Authorization": f"Token {token}"}, trust_env=False)
        assert reply.json()["username"] == "admin"
        assert reply.headers["x-kobonaut"] == "admin"
    finally:
        process.terminate()
        process.communicate(timeout=10)


def test_addresses_that_are_no_api(shared_demo: DemoServer) -> None:
    with httpx.Client(base_url=shared_demo.url, trust_env=False) as client:
        moved = client.get("/api/v2/assets?limit=1")
        assert (moved.status_code, moved.headers["location"]) == (301, "/api/v2/assets/?limit=1")
        assert client.get("/api/v1/data/").status_code == 410
        assert client.get("/whoami/").status_code == 302
        unknown = client.get("/api/v2/nothing/here/")
        assert (unknown.status_code, unknown.headers["content-type"][:9]) == (404, "text/html")
        assert "text/html" in client.get("/").headers["content-type"]
        assert client.get("/me/").headers["www-authenticate"] == "Session"
        assert "django_language" in client.get("/me/").headers["set-cookie"]


def test_a_crash_is_answered_like_one(shared_demo: DemoServer) -> None:
    token = shared_demo.credentials()["owner"]["token"]
    headers = {"Authorization": f"Token {token}", "Content-Type": "application/json"}
    reply = httpx.post(f"{shared_demo.url}/api/v2/assets/", headers=headers, content="{bad", trust_env=False)
    assert (reply.status_code, reply.json()) == (500, {"error": "Server Error (500)"})

"""Broken replies, by specification and one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from kobotui.demo.faults import FaultError, Faults

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kobotui.demo.server import DemoServer


def test_specification() -> None:
    faults = Faults.parse("latency=300ms, 429=0.1,502=0.05,drop=0.02,stall=0.01,truncate=0.02,revoke=ana")
    assert faults.latency == pytest.approx(0.3)
    assert faults.shares == {429: 0.1, 502: 0.05}
    assert (faults.drop, faults.stall, faults.truncate, faults.revoke) == (0.02, 0.01, 0.02, "ana")
    assert Faults.parse("latency=2s").latency == 2
    assert Faults.parse("").latency == 0


@pytest.mark.parametrize("text", ["latency=3", "429=2", "drop=x", "299=0.1", "nonsense=1", "revoke=", "latency"])
def test_bad_specification(text: str) -> None:
    with pytest.raises(FaultError, match="expected latency=300ms"):
        Faults.parse(text)


def test_same_seed_same_faults() -> None:
    def draw(seed: int) -> list[int | None]:
        faults = Faults.parse("429=0.3,502=0.3", seed)
        return [shot.status if (shot := faults.choose("GET", "/")) else None for _ in range(50)]

    assert draw(1) == draw(1)
    assert draw(1) != draw(2)
    assert {429, 502, None} == set(draw(1))


@pytest.fixture
def client(shared_demo: DemoServer) -> Iterator[httpx.Client]:
    token = shared_demo.credentials()["owner"]["token"]
    headers = {"Authorization": f"Token {token}", "Accept": "application/json"}
    with httpx.Client(base_url=shared_demo.url, headers=headers, trust_env=False) as client:
        yield client
    shared_demo.faults.clear()


def test_error_pages_and_retry_after(shared_demo: DemoServer, client: httpx.Client) -> None:
    shared_demo.faults.once(502, "/me/")
    page = client.get("/me/")
    assert (page.status_code, page.headers["content-type"]) == (502, "text/html")
    assert "<h1>502 Bad Gateway</h1>" in page.text
    assert client.get("/me/").status_code == 200
    shared_demo.faults.once(429, "/me/", retry_after=7)
    slow = client.get("/me/")
    assert (slow.status_code, slow.headers["retry-after"]) == (429, "7")
    assert slow.json()["detail"]


def test_count_skip_method_and_path(shared_demo: DemoServer, client: httpx.Client) -> None:
    shot = shared_demo.faults.once(503, r"/assets/$", method="GET", count=2, skip=1)
    codes = [client.get("/api/v2/assets/?limit=1").status_code for _ in range(4)]
    assert codes == [200, 503, 503, 200]
    assert shot.count == 0
    assert client.get("/me/").status_code == 200


def test_dropped_line(shared_demo: DemoServer, client: httpx.Client) -> None:
    shared_demo.faults.once(drop=True, path="/me/")
    with pytest.raises(httpx.RemoteProtocolError):
        client.get("/me/")
    assert client.get("/me/").status_code == 200


def test_work_done_and_answer_lost(shared_demo: DemoServer, client: httpx.Client) -> None:
    shared_demo.faults.once(drop=True, after=True, path="/assets/", method="POST")
    with pytest.raises(httpx.RemoteProtocolError):
        client.post("/api/v2/assets/", json={"name": "Lost answer", "asset_type": "survey"})
    assert any(asset.name == "Lost answer" for asset in shared_demo.state.assets.values())


def test_work_done_and_answer_kept_back(shared_demo: DemoServer, client: httpx.Client) -> None:
    shared_demo.faults.once(stall=True, path="/assets/", method="POST")
    with pytest.raises(httpx.ReadTimeout):
        client.post("/api/v2/assets/", json={"name": "Late answer", "asset_type": "survey"}, timeout=0.3)
    assert any(asset.name == "Late answer" for asset in shared_demo.state.assets.values())


def test_a_gateway_does_not_know_whether_the_work_was_done() -> None:
    faults = Faults.parse("502=1", seed=3)
    shots = [faults.choose("GET", "/") for _ in range(40)]
    assert {shot.after for shot in shots if shot} == {True, False}


def test_error_without_the_work(shared_demo: DemoServer, client: httpx.Client) -> None:
    shared_demo.faults.once(500, "/assets/", method="POST")
    assert client.post("/api/v2/assets/", json={"name": "Never made", "asset_type": "survey"}).status_code == 500
    assert all(asset.name != "Never made" for asset in shared_demo.state.assets.values())


def test_truncated_body(shared_demo: DemoServer, client: httpx.Client) -> None:
    shared_demo.faults.once(truncate=True, path="/environment/")
    with pytest.raises(httpx.RemoteProtocolError):
        client.get("/api/v2/environment/")


def test_latency(shared_demo: DemoServer, client: httpx.Client) -> None:
    shared_demo.faults.latency = 0.05
    assert client.get("/me/").elapsed.total_seconds() >= 0.05


def test_revoked_key(demo: DemoServer) -> None:
    demo.faults.revoke = "admin"
    headers = {"Authorization": f"Token {demo.credentials()['owner']['token']}"}
    with httpx.Client(base_url=demo.url, headers=headers, trust_env=False) as client:
        codes = [client.get("/api/v2/assets/counts/").status_code for _ in range(25)]
        assert codes[0] == 200
        assert codes[-1] == 401
        assert codes == sorted(codes)
        password = demo.credentials()["owner"]["password"]
        token = client.get("/token/", params={"format": "json"}, auth=("admin", password)).json()["token"]
        client.headers["Authorization"] = f"Token {token}"
        assert {client.get("/api/v2/assets/counts/").status_code for _ in range(25)} == {200}


def test_an_answer_of_another_body(shared_demo: DemoServer, client: httpx.Client) -> None:
    shared_demo.faults.once(path="/me/", body=b"nonsense")
    reply = client.get("/me/")
    assert (reply.status_code, reply.text, reply.headers["x-kobonaut"]) == (200, "nonsense", "admin")
    shared_demo.faults.once(400, "/me/", body=b'{"detail": "no"}')
    reply = client.get("/me/")
    assert (reply.status_code, reply.json()) == (400, {"detail": "no"})
    assert client.get("/me/").json()["username"] == "admin"

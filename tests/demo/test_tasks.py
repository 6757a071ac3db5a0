"""What goes on after the reply: imports, REST services, transfers."""

from __future__ import annotations

import base64
import http.server
import io
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import Workbook

if TYPE_CHECKING:
    from .people import People

PATIENCE = 10.0  # seconds


def until(read: Callable[[], Any], ready: Callable[[Any], bool]) -> Any:
    """Ask again until the answer is ready."""
    end = time.monotonic() + PATIENCE
    while not ready(answer := read()):
        assert time.monotonic() < end, answer
        time.sleep(0.01)
    return answer


# ------------------------------------------------------------------ imports
def workbook(*rows: tuple[Any, ...], title: str = "") -> bytes:
    book = Workbook()
    sheet = book.active
    sheet.title = "survey"
    for row in (("type", "name", "label"), *rows):
        sheet.append(row)
    if title:
        settings = book.create_sheet("settings")
        settings.append(["form_title"])
        settings.append([title])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def task(people: People, **request: Any) -> dict[str, Any]:
    """Start an import and wait for its end."""
    started = people.call("owner", "POST", "/api/v2/imports/", **request)
    assert started.status_code == 201
    assert started.json()["status"] == "processing"
    url = started.json()["url"]
    done: dict[str, Any] = until(
        lambda: people.call("owner", "GET", url).json(), lambda t: t["status"] in ("complete", "error")
    )
    return done


def upload(data: bytes, **fields: str) -> dict[str, Any]:
    return {"data": {"library": "false"} | fields, "files": {"file": ("form.xlsx", data)}}


ONE = workbook(("text", "a", "A"))


def test_replacing_a_form_keeps_the_name_unless_the_workbook_has_a_title(people: People) -> None:
    path = people.project(name="Kept", deployed=True)
    done = task(people, **upload(ONE, name="Ignored", destination=path))
    assert list(done["messages"]) == ["updated"]
    detail = people.call("owner", "GET", path).json()
    assert [r["name"] for r in detail["content"]["survey"]] == ["a"]
    assert detail["name"] == "Kept"
    assert detail["version_id"] != detail["deployed_version_id"]
    task(people, **upload(workbook(("text", "b", "B"), title="Titled"), destination=people.server.url + path))
    assert people.call("owner", "GET", path).json()["name"] == "Titled"
    assert "replace-form" in people.call("owner", "GET", f"{path}history/actions/").json()["actions"]


def test_a_nameless_project_takes_the_name_of_the_import(people: People) -> None:
    path = people.project(name="")
    task(people, **upload(ONE, name="Given", destination=path))
    assert people.call("owner", "GET", path).json()["name"] == "Given"


def test_the_library_is_the_default(people: People) -> None:
    done = task(people, data={"name": "Item"}, files={"file": ("f.xlsx", ONE)})
    made = people.call("owner", "GET", f"/api/v2/assets/{done['messages']['created'][0]['uid']}/").json()
    assert made["asset_type"] == "question"
    done = task(people, data={"name": "T", "desired_type": "template"}, files={"file": ("f.xlsx", ONE)})
    made = people.call("owner", "GET", f"/api/v2/assets/{done['messages']['created'][0]['uid']}/").json()
    assert made["asset_type"] == "template"


def test_base64_and_what_is_missing(people: People) -> None:
    encoded = "data:application/x;base64," + base64.b64encode(ONE).decode()
    assert task(people, data={"base64Encoded": encoded, "library": "false"})["status"] == "complete"
    assert task(people, data={"name": "nothing", "library": "false"})["status"] == "error"
    gone = task(people, **upload(ONE, destination="/api/v2/assets/aNone/"))
    assert gone["messages"]["error_type"] == "DoesNotExist"


def test_the_demo_fetches_from_this_machine_only(people: People) -> None:
    failed = task(people, data={"url": "https://example.org/form.xlsx", "library": "false"})
    assert failed["messages"]["error_type"] == "ConnectionError"


def test_a_file_from_an_address_needs_a_name(people: People, target: str) -> None:
    """As most file servers send it: without ``Content-Disposition``."""
    nameless = task(people, data={"url": f"{target}/form", "library": "false"})
    assert nameless["messages"]["error_type"] == "KeyError"
    named = task(people, data={"url": f"{target}/form", "library": "false", "name": "form.xlsx"})
    assert named["status"] == "complete"


def test_the_list_crashes_once_there_are_tasks(people: People) -> None:
    task(people, **upload(ONE))
    assert people.call("owner", "GET", "/api/v2/imports/").status_code == 500
    assert people.call("carol", "GET", "/api/v2/imports/").json()["count"] == 0


# ------------------------------------------------------------------ REST services
class Target(http.server.BaseHTTPRequestHandler):
    """Answers with the status in the path, and keeps what came."""

    seen: list[tuple[dict[str, str], bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append((dict(self.headers), body))
        self.send_response(int(self.path.strip("/")))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(ONE)

    def log_message(self, *_args: object) -> None:
        pass


@pytest.fixture
def target() -> Iterator[str]:
    Target.seen = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Target)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def hook(people: People, path: str, **fields: Any) -> str:
    reply = people.call("owner", "POST", f"{path}hooks/", {"name": "H"} | fields)
    assert reply.status_code == 201, reply.text
    return str(reply.json()["url"])


def delivered(people: People, url: str) -> dict[str, Any]:
    """The newest delivery, once it has ended."""
    logs = until(
        lambda: people.call("owner", "GET", f"{url}logs/").json()["results"],
        lambda found: found and found[0]["status"] not in (1, 3),
    )
    return dict(logs[0])


def test_a_service_is_called_as_it_was_set_up(people: People, target: str) -> None:
    path = people.project(deployed=True)
    settings = {"username": "u", "password": "p", "custom_headers": {"X-Source": "kobo"}}
    url = hook(
        people, path, endpoint=f"{target}/200", auth_level="basic_auth", settings=settings, subset_fields=["q2"],
        payload_template='{"data": %SUBMISSION%}',
    )  # fmt: skip
    assert people.send(path, "owner") == 201
    assert (delivered(people, url)["status"], delivered(people, url)["status_code"]) == (2, 200)
    headers, body = Target.seen[0]
    assert headers["X-Source"] == "kobo"
    assert base64.b64decode(headers["Authorization"].removeprefix("Basic ")) == b"u:p"
    assert body == b'{"data": {"q2": "2"}}'


def test_failures_and_retries(people: People, target: str) -> None:
    path = people.project(deployed=True)
    url = hook(people, path, endpoint=f"{target}/500")
    assert people.call("owner", "PATCH", f"{url}retry/", {}).status_code == 304
    assert people.send(path, "owner") == 201
    failed = delivered(people, url)
    assert (failed["status"], failed["status_code"], failed["tries"]) == (0, 500, 1)
    assert people.call("owner", "GET", url).json()["failed_count"] == 1
    assert people.call("owner", "PATCH", f"{failed['url']}retry/", {}).status_code == 400
    people.call("owner", "PATCH", url, {"endpoint": f"{target}/200"})
    again = people.call("owner", "PATCH", f"{url}retry/", {})
    assert (again.status_code, again.json()["pending_uids"]) == (200, [failed["uid"]])
    until(lambda: people.call("owner", "GET", url).json()["success_count"], lambda count: count == 1)
    people.call("owner", "PATCH", url, {"active": False})
    assert people.call("owner", "PATCH", f"{url}retry/", {}).status_code == 400


def test_services_elsewhere_are_not_called(people: People) -> None:
    path = people.project(deployed=True)
    url = hook(people, path, endpoint="https://example.org/in")
    assert people.send(path, "owner") == 201
    failed = delivered(people, url)
    assert (failed["status"], failed["message"]) == (0, "example.org is not allowed")


# ------------------------------------------------------------------ transfers
def test_declining_and_offering_what_is_not_ones_own(people: People) -> None:
    path = people.project()
    uid, invites = path.split("/")[-2], "/api/v2/project-ownership/invites/"
    body = {"recipient": f"/api/v2/users/{people.names['alice']}/", "assets": [uid]}
    assert people.call("bob", "POST", invites, body).status_code == 400
    assert people.call("owner", "POST", invites, {"recipient": body["recipient"]}).status_code == 500
    url = people.call("owner", "POST", invites, body).json()["url"]
    assert people.call("owner", "POST", invites, body).status_code == 400
    assert people.call("alice", "PATCH", url, {"status": "declined"}).json()["status"] == "declined"
    assert people.call("owner", "GET", path).json()["project_ownership"]["status"] == "declined"
    assert people.call("alice", "GET", path).status_code == 404
    assert people.call("owner", "POST", invites, body).status_code == 201


def test_former_rights_of_the_new_owner_make_room(people: People) -> None:
    path = people.project()
    people.grant(path, "alice", "view_asset")
    people.grant(path, "bob", "add_submissions")
    body = {"recipient": f"/api/v2/users/{people.names['alice']}/", "assets": [path.split("/")[-2]]}
    url = people.call("owner", "POST", "/api/v2/project-ownership/invites/", body).json()["url"]
    assert people.call("alice", "PATCH", url, {"status": "accepted"}).json()["status"] == "in_progress"
    transfer = people.call("alice", "GET", url).json()["transfers"][0]["url"]
    assert people.call("alice", "GET", transfer).json()["status"] == "success"
    rows = people.call("alice", "GET", f"{path}permission-assignments/").json()
    assert len(rows) == 8 + 8 + 1

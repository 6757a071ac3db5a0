"""Records sent by devices: ``POST /submission`` and ``/{owner}/submission`` (OpenRosa, no trailing slash).

New records and whole-record edits come in here as XML with their files, or as JSON. Replies are OpenRosa XML
unless the client asks for JSON.
"""

from __future__ import annotations

import hashlib
import json
import mimetypes
import re
import traceback
import uuid as uuids
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from starlette.datastructures import UploadFile
from starlette.responses import Response
from starlette.routing import Route

from kobotui.demo import hooks
from kobotui.demo.data import xml_of_body
from kobotui.demo.data_edit import note
from kobotui.demo.http import JSON, Call, Refusal, authenticate, unauthenticated
from kobotui.demo.records import xml
from kobotui.demo.records.kept import Upload
from kobotui.demo.rights import rights_of
from kobotui.demo.state import now

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from starlette.requests import Request

    from kobotui.demo.records.kept import Stored
    from kobotui.demo.records.store import RecordStore
    from kobotui.demo.state import Asset, State, User

REALM = "DJANGO"
XML = "text/xml; charset=utf-8"
ALWAYS = {"X-OpenRosa-Version": "1.0", "X-OpenRosa-Accept-Content-Length": "10000000"}
DIGEST_PART = re.compile(r'(\w+)=(?:"([^"]*)"|([^\s,]+))')


class Answer(Exception):
    """An OpenRosa reply other than 201."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(status, message)
        self.status = status
        self.message = message


@dataclass
class Sent:
    """What came with one request."""

    root: Element
    text: str
    files: list[Upload]


# -- who sends -------------------------------------------------------------------------------------


def sender(request: Request, state: State) -> tuple[User | None, str]:
    """Who sends, by token, password or Digest; None without credentials.

    Raises: Refusal 401 for wrong credentials.
    """
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "digest":
        return authenticate(request, state)
    part = {name: quoted or bare for name, quoted, bare in DIGEST_PART.findall(value)}
    user = state.users.get(part.get("username", ""))
    if user is None or not user.is_active or part.get("response") != digest(part, user.password, request.method):
        raise unauthenticated("Invalid username/password")
    return user, "digest"


def digest(part: dict[str, str], password: str, method: str) -> str:
    """The ``response`` a client that knows the password computes (RFC 2617, ``qop=auth`` or none)."""

    def md5(text: str) -> str:
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    secret = md5(f"{part.get('username')}:{part.get('realm', REALM)}:{password}")
    action = md5(f"{method}:{part.get('uri')}")
    middle = [part.get(k, "") for k in ("nonce", "nc", "cnonce", "qop")] if part.get("qop") else [part.get("nonce", "")]
    return md5(":".join([secret, *middle, action]))


def challenge() -> str:
    """The ``WWW-Authenticate`` header."""
    nonce, opaque = uuids.uuid4().hex, uuids.uuid4().hex.upper()
    return f'Digest realm="{REALM}", qop="auth", nonce="{nonce}", opaque="{opaque}", algorithm="MD5", stale="false"'


# -- what was sent ---------------------------------------------------------------------------------


async def sent_by(call: Call) -> Sent:
    """The record and the files of a request.

    Raises: Answer 400 for what is no record.
    """
    if call.request.headers.get("content-type", "").split(";")[0].strip().lower() == "application/json":
        return sent_as_json(await call.request.body())
    form = await call.form()
    raw, files = None, []
    for name, part in form.multi_items():
        if not isinstance(part, UploadFile):
            continue
        data = await part.read()
        if name == "xml_submission_file":
            raw = data
            continue
        file_name = (part.filename or name).replace("\\", "/").rpartition("/")[2]
        guessed = part.content_type or mimetypes.guess_type(file_name)[0]
        files.append(Upload(file_name, guessed or "application/octet-stream", data))
    if raw is None:
        raise Refusal(500, {"error": "Server Error (500)"})  # KPI crashes without the part
    try:
        root = xml.read(raw)
    except xml.XMLError as error:
        raise Answer(400, str(error)) from error
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = xml.write(root)
    return Sent(root, text, files)


def sent_as_json(body: bytes) -> Sent:
    """The record of a JSON body: ``{"id": …, "submission": {…}}``.

    Raises: Answer 400.
    """
    try:
        data = json.loads(body)
    except ValueError as error:
        raise Answer(400, f"JSON parse error - {error}") from error
    submission = data.get("submission") if isinstance(data, dict) else None
    if not isinstance(submission, dict) or not submission:
        raise Answer(400, "Received empty submission. No instance was created")
    form_id = str(data.get("id") or "")
    try:
        root = xml.from_json(submission, form_id if xml.NAME.match(form_id) else "data")
    except xml.XMLError as error:
        raise Answer(400, str(error)) from error
    root.set("id", form_id)
    if any(xml.ILLEGAL.search(node.text or "") for node in root.iter()):
        raise Answer(400, "Improperly formatted XML.")
    return Sent(root, xml.write(root), [])


def form_of(state: State, sent: Sent, owner: str | None) -> Asset:
    """The project a record belongs to: by the form's UUID, else by its id.

    Raises: Answer 400 for an empty record, Refusal 404.
    """
    if not xml.children(sent.root):
        raise Answer(400, "Received empty submission. No instance was created")
    form_uuid = (xml.text_at(sent.root, "formhub/uuid") or "").replace("-", "")
    deployed = [a for a in state.assets.values() if a.deployment and owner in (None, a.owner)]
    found = [a for a in deployed if form_uuid and a.deployment and a.deployment.form_uuid == form_uuid]
    found = found or [a for a in deployed if a.uid == sent.root.get("id")]
    if len(found) != 1:
        raise Refusal(404, {"detail": "Not found."})
    return found[0]


def check_sender(call: Call, asset: Asset, *, edits: bool) -> None:
    """Let the sender through.

    Raises: Refusal 401 without credentials where they are needed, Answer 403.
    """
    needed = "change_submissions" if edits else "add_submissions"
    if call.user is None:
        if edits or asset.deployment is None or asset.deployment.require_auth:
            raise unauthenticated()
        return
    if call.is_superuser:
        raise Answer(403, "Access denied")
    public = not edits and asset.deployment is not None and not asset.deployment.require_auth
    if not public and needed not in rights_of(call.state, asset, call.username):
        raise Answer(403, "Access denied")


# -- storing ---------------------------------------------------------------------------------------


def store_sent(call: Call, asset: Asset, sent: Sent) -> Stored:
    """Store a new record or an edit.

    Raises: Answer 202, 400, 405, 409, 410; Refusal 401, 404.
    """
    deprecated = (xml.text_at(sent.root, "meta/deprecatedID") or "").removeprefix("uuid:")
    check_sender(call, asset, edits=bool(deprecated))
    owner = call.state.users.get(asset.owner)
    if asset.trashed or asset.deployment is None or not asset.deployment.active or (owner and not owner.is_active):
        raise Answer(405, "Form is not active")
    uuid = (xml.text_at(sent.root, "meta/instanceID") or "").removeprefix("uuid:")
    if not uuid:
        raise Answer(400, "Instance ID is required")
    store = asset.records
    if store is None:
        raise Refusal(404, {"detail": "Not found."})
    known = store.id_of_uuid(uuid)
    if known is not None:
        return sent_again(store, known, uuid, sent)
    if uuid in store.past:
        raise Answer(409, "Submission with this instance ID already exists")
    if not deprecated:
        kept = store.add(
            sent.root, sent.text, call.user.username if call.user else None, sent_at(sent.root), sent.files
        )
        note(call, asset, "add-submission", kept.row)
        hooks.submitted(call.state, asset, kept.row, kept.xml)
        return kept
    edited = store.id_of_uuid(deprecated)
    row = store.get(edited) if edited is not None else None
    if edited is None or row is None:
        if deprecated in store.past:
            raise Answer(410, "Invalid submission - deprecatedID refers to an old version")
        raise Refusal(404, {"detail": "Not found."})
    if row["_uuid"] != deprecated:
        raise Answer(410, "Invalid submission - deprecatedID refers to an old version")
    kept = store.revise(edited, sent.root, sent.text, sent.files)
    note(call, asset, "modify-submission", kept.row)
    return kept


def sent_again(store: RecordStore, record_id: int, uuid: str, sent: Sent) -> Stored:
    """The same instanceID a second time: only files that were missing are news.

    Raises: Answer 202 for the very same, 409 for anything else.
    """
    row = store.get(record_id) or {}
    if row.get("_uuid") != uuid or store.xml_of(record_id) != sent.text:
        raise Answer(409, "Submission with this instance ID already exists")
    there = {a["media_file_basename"] for a in row["_attachments"]}
    missing = [f for f in sent.files if f.name not in there]
    if not missing:
        raise Answer(202, "Duplicate Instance")
    store.complete(record_id, missing)
    return store.keep(record_id)


def sent_at(root: Element) -> datetime:
    """The time of submission: the root's ``submissionDate``, else now."""
    try:
        moment = datetime.fromisoformat(root.get("submissionDate", ""))
    except ValueError:
        return now()
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


# -- replies ---------------------------------------------------------------------------------------


def wants_json(request: Request) -> bool:
    """Whether the client asks for JSON instead of OpenRosa XML."""
    return "application/json" in request.headers.get("accept", "")


def stored_reply(request: Request, call: Call, asset: Asset, kept: Stored) -> Response:
    """201 with what was stored."""
    date = datetime.fromisoformat(kept.time).replace(tzinfo=UTC).isoformat(timespec="microseconds")
    done = now().isoformat(timespec="microseconds")
    headers = {"Location": call.url(request.url.path)}
    if wants_json(request):
        body: dict[str, Any] = {"message": "Successful submission.", "formid": asset.uid, "encrypted": False}
        body |= {"instanceID": f"uuid:{kept.uuid}", "submissionDate": date, "markedAsCompleteDate": done}
        return JSON(body, 201, headers)
    text = (
        '<OpenRosaResponse xmlns="http://openrosa.org/http/response">\n'
        "    <message>Successful submission.</message>\n"
        f'    <submissionMetadata xmlns="http://www.opendatakit.org/xforms" id="{asset.uid}"'
        f'  instanceID="uuid:{escape(kept.uuid)}" submissionDate="{date}" isComplete="true"'
        f' markedAsCompleteDate="{done}"/>\n</OpenRosaResponse>\n'
    )
    return Response(text, 201, headers, media_type=XML)


def answer_reply(request: Request, answer: Answer) -> Response:
    """Any other OpenRosa reply."""
    headers = {"Location": str(request.url)} if answer.status in (202, 409) else {}
    if wants_json(request):
        return JSON({"error": answer.message}, answer.status, headers)
    text = (
        "<?xml version='1.0' encoding='UTF-8' ?>\n"
        '<OpenRosaResponse xmlns="http://openrosa.org/http/response">\n'
        f'        <message nature="">{escape(answer.message)}</message>\n</OpenRosaResponse>'
    )
    return Response(text, answer.status, headers, media_type=XML)


def refusal_reply(request: Request, refusal: Refusal) -> Response:
    """A refusal of the framework: no credentials, no such form, a crash."""
    headers = {"WWW-Authenticate": challenge()} if refusal.status == 401 else {}
    if wants_json(request) or refusal.status == 500:
        return JSON(refusal.body, refusal.status, headers)
    return Response(xml_of_body(refusal.body), refusal.status, headers, media_type=XML)


# -- the endpoints ---------------------------------------------------------------------------------


async def submission(request: Request) -> Response:
    """``/submission`` and ``/{owner}/submission``."""
    state: State = request.app.state.demo
    base = f"{request.url.scheme}://{request.url.netloc}"
    owner = request.path_params.get("owner")
    user = None
    try:
        user, means = sender(request, state)
        if user:
            state.note_access(user, means)
        call = Call(request, state, user, base, request.query_params)
        if request.method == "HEAD":
            response = Response(None, 204, {"Location": call.url(request.url.path)})
        elif request.method != "POST":
            response = JSON(
                {"detail": f'Method "{request.method}" not allowed.'}, 405, {"Allow": "POST, HEAD, OPTIONS"}
            )
        else:
            if user is None and owner is None:
                raise unauthenticated()
            sent = await sent_by(call)
            asset = form_of(state, sent, owner)
            response = stored_reply(request, call, asset, store_sent(call, asset, sent))
    except Answer as answer:
        response = answer_reply(request, answer)
    except Refusal as refusal:
        response = refusal_reply(request, refusal)
    except Exception:  # a crash of ours must look like one of the server's
        traceback.print_exc()
        response = JSON({"error": "Server Error (500)"}, 500)
    finally:
        await request.close()  # uploads are temporary files
    response.headers.update(ALWAYS)
    if user:
        response.headers["X-KoBoNaUt"] = user.username
    return response


async def slashed(request: Request) -> Response:
    """The same address with a slash at its end does not exist."""
    path = request.url.path.rstrip("/")
    text = f"OpenRosa endpoints do not accept a trailing slash. Retry the request at {path}"
    return Response(text, 404, media_type="text/html; charset=utf-8")


VERBS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
ROUTES = [
    Route("/submission", submission, methods=VERBS),
    Route("/{owner}/submission", submission, methods=VERBS),
    Route("/submission/", slashed, methods=VERBS),
    Route("/{owner}/submission/", slashed, methods=VERBS),
]

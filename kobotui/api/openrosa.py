"""Creating records, as a data collector does: at the OpenRosa host, whose paths end without a slash."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal
from urllib.parse import urlsplit

from msgspec import Struct

from kobotui.api.errors import NotFound, Unreadable
from kobotui.api.transport import ANYTHING, Transport, UploadFile
from kobotui.locale import _

_XML = "text/xml"
_FORM_PATH = re.compile(r"(/[\w.@+-]+)?/forms/\d+/form\.xml")
_NOT_XML = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
"""What no XML may hold, and a server writes all the same when it is in a form's name."""
_INSTANCE = re.compile(rb'instanceID="([^"]*)"')


class Receipt(Struct, frozen=True):
    """The server has the record: for the first time, or already (the same text, sent again)."""

    status: Literal["created", "duplicate"]
    instance_id: str = ""


class OpenRosaService:
    """``{openrosa}/submission`` and ``/formList``."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def submit(self, xml: bytes, attachments: Sequence[tuple[str, bytes, str]] = ()) -> Receipt:
        """``POST /submission``: a record with its files (name as in the answer, content, media type).

        Sending the same text again is safe and gives ``duplicate``: keep the instanceID when trying again. Raises
        ``Rejected`` with 405 for an archived form, 409 for an instanceID with other content.
        """
        parts: list[UploadFile] = [("xml_submission_file", ("submission.xml", xml, _XML))]
        parts += [(f"file{number}", attachment) for number, attachment in enumerate(attachments)]
        reply = await self._transport.request(
            "POST",
            "/submission",
            files=parts,
            headers={"X-OpenRosa-Version": "1.0"},
            accept=ANYTHING,
            repeatable=True,
            openrosa=True,
        )
        if reply.status not in (201, 202):
            raise Unreadable(
                _("The server's answer is not what kobotui expects: {why}").format(why=reply.status),
                **reply.facts,
                in_doubt=True,
            )
        found = _INSTANCE.search(reply.body)
        instance_id = found[1].decode("utf-8", "replace") if found else ""
        return Receipt("created" if reply.status == 201 else "duplicate", instance_id)

    async def form_xml(self, uid: str) -> bytes:
        """The deployed XForm: ``GET /formList`` tells where it is. Raises ``NotFound`` when it cannot be filled in."""
        from defusedxml.common import DefusedXmlException
        from defusedxml.ElementTree import ParseError, fromstring

        listing = await self._transport.get("/formList", {"formID": uid}, accept=ANYTHING, openrosa=True)
        try:
            forms = fromstring(_NOT_XML.sub(b"", listing.body))
        except (ParseError, DefusedXmlException, ValueError):
            raise Unreadable(_("The server's list of forms cannot be read."), **listing.facts) from None
        for form in forms.iterfind("{*}xform"):
            if form.findtext("{*}formID") == uid:
                path = self._form_path(form.findtext("{*}downloadUrl") or "")
                return (await self._transport.get(path, accept=ANYTHING, openrosa=True)).body
        raise NotFound(_("This form does not take records, or not from your account."), path="/formList")

    def _form_path(self, link: str) -> str:
        try:
            path = urlsplit(link).path.removeprefix(urlsplit(self._transport.openrosa).path)
        except ValueError:
            path = ""
        if not _FORM_PATH.fullmatch(path):
            raise Unreadable(_("The server sent a link that leads out of KoboToolbox; it was not followed."), body=link)
        return path

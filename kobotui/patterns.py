"""A regular expression over many texts, in a process of its own: some patterns never come to an end."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence

from kobotui.locale import _
from kobotui.paths import LocalError

PATIENCE = 20.0
"""Seconds it may take."""
_CODE = (
    "import json, re, sys; find, put, texts = json.load(sys.stdin); "
    "json.dump([re.sub(find, put, text) for text in texts], sys.stdout)"
)


class PatternError(LocalError):
    """A pattern that takes too long, or that the machine could not run."""


async def replaced(find: str, put: str, texts: Sequence[str]) -> list[str]:
    """Each text with every match replaced. Raises ``PatternError``."""
    pipe = asyncio.subprocess.PIPE
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-S", "-c", _CODE, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.DEVNULL
        )
    except OSError as error:
        raise PatternError(_("The pattern could not be run: {why}.").format(why=error.strerror)) from error
    try:
        asked = json.dumps([find, put, texts]).encode()
        answer, _nothing = await asyncio.wait_for(process.communicate(asked), PATIENCE)
    except TimeoutError:
        raise PatternError(_("The pattern takes too long: say more precisely what must be there.")) from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    try:
        found: list[str] = json.loads(answer)
    except ValueError:
        raise PatternError(_("The pattern could not be run: {why}.").format(why=process.returncode)) from None
    return found

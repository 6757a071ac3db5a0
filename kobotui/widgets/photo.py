"""A photo in the terminal: each cell shows two pixels, one above the other, as colours of a sign and of what is behind.

Needs the optional extra ``photos`` (Pillow), which is imported when a photo is shown and not before.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from rich.color import Color
from rich.style import Style

from kobotui.locale import _
from kobotui.paths import LocalError
from kobotui.widgets.painted import Painted, Piece

if TYPE_CHECKING:
    from collections.abc import Sequence

Pixels = list[list[tuple[int, int, int]]]
"""Lines of red, green and blue."""

UPPER_HALF = "▀"
_MOST_PIXELS = 100_000_000
_COLOURS = 64
"""More would cost more bytes than the eye has of them."""
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")


class NoPhoto(LocalError):
    """A photo cannot be shown; the message says why."""


def why_no_photo(color_system: str | None) -> str | None:
    """Why no photo can be shown in this terminal, None when one can."""
    if color_system not in ("256", "truecolor"):
        return _("This terminal has too few colours for photos. f downloads them.")
    try:
        import PIL  # noqa: F401
    except ImportError:
        return _("Photos are shown here with Pillow: pip install 'kobotui[photos]'. f downloads them.")
    return None


def pixels_of(data: bytes, columns: int, rows: int) -> Pixels:
    """A picture as it fits into so many cells, upright. Slow: for a thread. Raises ``NoPhoto``."""
    from PIL import Image, ImageOps

    try:
        with Image.open(BytesIO(data), formats=_FORMATS) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                raise NoPhoto(_("The photo is too large to be shown here. f downloads it."))
            picture.draft("RGB", (columns * 2, rows * 4))
            upright = ImageOps.exif_transpose(picture).convert("RGB")
    except NoPhoto:
        raise
    except Exception as error:  # a file may hold anything, and Pillow raises anything
        raise NoPhoto(_("This file cannot be shown as a photo. f downloads it.")) from error
    upright.thumbnail((columns, rows * 2))
    small = upright.quantize(_COLOURS, dither=Image.Dither.NONE).convert("RGB")
    flat = small.tobytes()
    width = small.width * 3
    lines = [flat[start : start + width] for start in range(0, len(flat), width)]
    return [[(line[x], line[x + 1], line[x + 2]) for x in range(0, width, 3)] for line in lines]


class Photo(Painted):
    """Pixels, as many as there are, from the top left corner on."""

    DEFAULT_CSS = "Photo { height: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self._pixels: Pixels = []

    def show(self, pixels: Pixels) -> None:
        """Show these in place of what was there."""
        self._pixels = pixels
        self._paint()

    def _line(self, y: int) -> list[Piece]:
        upper = self._pixels[2 * y] if 2 * y < len(self._pixels) else []
        lower = self._pixels[2 * y + 1] if 2 * y + 1 < len(self._pixels) else upper
        pieces = _runs(upper[: self.size.width], lower)
        rest = self.size.width - min(len(upper), self.size.width)
        return [*pieces, (" " * rest, self._style(""))] if rest or not pieces else pieces


def _runs(upper: Sequence[tuple[int, int, int]], lower: Sequence[tuple[int, int, int]]) -> list[Piece]:
    """Cells of the same colours together."""
    pieces: list[Piece] = []
    before: tuple[object, object] | None = None
    for colours in zip(upper, lower, strict=False):
        if colours == before:
            text, style = pieces[-1]
            pieces[-1] = (text + UPPER_HALF, style)
        else:
            above, below = (Color.from_rgb(*colour) for colour in colours)
            pieces.append((UPPER_HALF, Style(color=above, bgcolor=below)))
        before = colours
    return pieces

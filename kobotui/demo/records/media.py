"""The bytes of generated attachments: small pictures, a second of silence, a line of text."""

from __future__ import annotations

import struct
import zlib

from kobotui.demo.records.mix import mix


def content_of(name: str, x: int) -> bytes:
    """The file of this name; ``x`` varies what is on it."""
    match name.rpartition(".")[2]:
        case "png":
            return picture(x)
        case "wav":
            return silence()
        case _:
            return f"{name}\n".encode()


def picture(x: int, width: int = 48, height: int = 32) -> bytes:
    """A PNG: a sky, a ground and a house, the colours by ``x``."""
    shades = [bytes((mix(x + i) >> s) & 0x7F | 0x40 for s in (0, 8, 16)) for i in range(3)]
    left = 6 + x % 20
    lines = []
    for row in range(height):
        line = [shades[0] if row < height * 2 // 3 else shades[1]] * width
        if height // 3 < row < height * 5 // 6:
            line[left : left + 16] = [shades[2]] * 16
        lines.append(b"\0" + b"".join(line))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"".join(lines))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def silence(seconds: int = 1, rate: int = 8000) -> bytes:
    """A WAV of silence."""
    data = b"\x80" * (seconds * rate)
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, 1, 1, rate, rate, 1, 8,
                       b"data", len(data))  # fmt: skip
    return head + data

"""Arithmetic that scatters: reproducible 64-bit noise, and names that can be turned back into numbers.

A generated record is a function of its number, so its UUID and the uids of its attachments must be, too;
and a record must be found by either without a table of a million names. Both carry the number, scrambled
by a multiplication that has an inverse; the rest of the name is noise that proves it genuine.
"""

from __future__ import annotations

from kobotui.demo.state import BASE57

MASK = (1 << 64) - 1
TAIL_BITS = 48
TAIL = 1 << TAIL_BITS
FACTOR = 0x5DEECE66D123 | 1
INVERSE = pow(FACTOR, -1, TAIL)
UID_TAIL = 57**8
UID_FACTOR = 60_466_176_000_001 % UID_TAIL
UID_INVERSE = pow(UID_FACTOR, -1, UID_TAIL)
ATTACHMENTS_PER_RECORD = 64


def mix(value: int) -> int:
    """64 well-scattered bits of a number (splitmix64)."""
    value = (value + 0x9E3779B97F4A7C15) & MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & MASK
    return value ^ (value >> 31)


def noise(text: str) -> int:
    """64 bits that stand for a text, the same in every run."""
    return mix(int.from_bytes(text.encode()[-8:], "big"))


def uuid_of(seed: int, number: int) -> str:
    """The version-4-shaped UUID of record ``number`` of a project with this seed."""
    tail = (number * FACTOR + mix(seed)) % TAIL
    head = mix(seed ^ (number * 3 + 1))
    text = f"{head:016x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{'89ab'[head & 3]}{mix(head) & 0xFFF:03x}-{tail:012x}"


def number_of_uuid(seed: int, uuid: str) -> int | None:
    """The number whose UUID this is, None when it is no UUID of this seed."""
    try:
        tail = int(uuid[-12:], 16)
    except ValueError:
        return None
    number = ((tail - mix(seed)) * INVERSE) % TAIL
    return number if uuid_of(seed, number) == uuid else None


def attachment_uid(seed: int, number: int, place: int) -> str:
    """The uid of the attachment at a place (0 to 63) of record ``number``."""
    tail = ((number * ATTACHMENTS_PER_RECORD + place) * UID_FACTOR + mix(seed)) % UID_TAIL
    head = mix(seed ^ (tail * 5 + 2))
    head = (head << 64) | mix(head)
    letters = []
    for value, length in ((tail, 8), (head, 14)):
        for _ in range(length):
            value, digit = divmod(value, 57)
            letters.append(BASE57[digit])
    return "att" + "".join(letters)


def place_of_attachment(seed: int, uid: str) -> tuple[int, int] | None:
    """The record's number and the place in it, None when it is no attachment uid of this seed."""
    tail = 0
    for letter in reversed(uid[3:11]):
        digit = BASE57.find(letter)
        if digit < 0:
            return None
        tail = tail * 57 + digit
    both = ((tail - mix(seed)) * UID_INVERSE) % UID_TAIL
    number, place = divmod(both, ATTACHMENTS_PER_RECORD)
    return (number, place) if attachment_uid(seed, number, place) == uid else None

"""Size limits of request bodies by path; small unless listed here."""

from __future__ import annotations

from typing import Final

DEFAULT: Final = 64 * 1024
SOUND: Final = 20 * 1024 * 1024
TABLE: Final = 17 * 1024 * 1024
"""A table of rows, or a value of a setting in JSON."""
LARGER: Final[tuple[tuple[str, int], ...]] = (
    ("/api/ivr/prompts/", SOUND),
    ("/api/citizen/reports/follow", DEFAULT),
    ("/api/citizen/reports/rate", DEFAULT),
    ("/api/citizen/reports", 9 * 1024 * 1024),  # three pictures of 2 MiB in base64, and the text
    ("/api/open311/", 7 * 1024 * 1024),  # three pictures of 2 MiB and the form
    ("/api/feed-events/", 9 * 1024 * 1024),  # three pictures of 2 MiB in base64, and the event
    ("/api/camera-pictures/", 12 * 1024 * 1024),  # a picture, as large as one of a camera may be
    ("/api/unit/photos/", 576 * 1024),  # a piece is at most 512 KiB, and its route says so itself
    ("/api/assignments/", 16 * 1024 * 1024 + DEFAULT),  # a photo, as large as crews' may be
    (
        "/api/exchange/verifications/",
        16 * 1024 * 1024 + DEFAULT,
    ),  # the same by an inspector of another system
    ("/api/cases/superior/", 16 * 1024 * 1024 + DEFAULT),  # a letter of an order, as large as one may be
    ("/api/ivr/flows/", 400 * 1024),
    ("/api/dispatch-statuses/", 256 * 1024),
    ("/api/settings/", TABLE),
    ("/api/users/import", TABLE),
    ("/api/parts/import", TABLE),
    ("/api/units/import", TABLE),
    ("/api/users/", 256 * 1024),  # scopes: thousands of codes
    ("/api/quality/", 1536 * 1024),  # a form, as large as its lists may be
    ("/api/talkgroups/", 192 * 1024),
    ("/api/exchange/reconciliation", 9 * 1024 * 1024),  # every order of a day
    ("/api/knowledge", 192 * 1024),
    ("/api/warnings/check", 256 * 1024),  # a CAP message, as large as one is read
    ("/api/warnings/cap", 256 * 1024),
)
"""Bytes below a path, by the first line that fits; a text that may have so many characters fits, however it
is written in JSON.
"""


def largest_body(path: str) -> int:
    """In bytes."""
    return next((most for begin, most in LARGER if path.startswith(begin)), DEFAULT)

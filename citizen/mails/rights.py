"""Access rights for the routes of e-mails."""

from __future__ import annotations

from typing import Final

from core.rights import open_to_all

CHOOSE: Final = open_to_all(
    "stop notices by e-mail, or have them again",
    "POST /api/citizen/mails/look",
    "POST /api/citizen/mails/choose",
    "GET /api/citizen/mails/{key}/stop",
    "POST /api/citizen/mails/{key}/stop",
    proof="own",
    rule="by the key of the link in an e-mail, 128 bits for each address; wrong keys are limited by address",
)
RIGHTS: Final = (CHOOSE,)

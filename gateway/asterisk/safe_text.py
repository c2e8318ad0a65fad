"""The only kinds of text that may enter a configuration file of Asterisk.

Whatever could end a line, open a section, start a comment or be expanded by the dialplan is refused here,
so that no template has to escape anything. (`$` here is the end of the text: the Rust engine knows no other.)
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, SecretStr, StringConstraints

from core.secret import OwnSecret

Word = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
"""A name: letters, digits, `_`, `.`, `-`."""

EndpointName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,39}$")]
"""Starts with a letter, so that no caller's number can ever be taken for it."""


def _of_plain_signs(secret: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[A-Za-z0-9_.~+/=-]{1,128}", secret.get_secret_value()):
        raise ValueError("may hold letters, digits and _ . ~ + / = - only, at most 128: openssl rand -hex 24")
    return secret


Secret = Annotated[OwnSecret, AfterValidator(_of_plain_signs)]
"""At least twelve characters of base64 or hex kind."""

Number = Annotated[str, StringConstraints(pattern=r"^\+?[0-9]{1,20}$")]
"""A telephone number."""

Digits = Annotated[str, StringConstraints(pattern=r"^[0-9]{0,8}$")]
"""A few digits, or none: an area code, a prefix."""

DialPattern = Annotated[str, StringConstraints(pattern=r"^_(?:[0-9XZN]|\[[0-9-]{1,12}\]){1,30}[.!]?$")]
"""A dialplan pattern of digits: `_1[3-9]XXXXXXXXX`."""

Hours = Annotated[
    str, StringConstraints(pattern=r"^(?:[01][0-9]|2[0-3]):[0-5][0-9]-(?:[01][0-9]|2[0-3]):[0-5][0-9]$")
]
"""A part of the day: `07:00-21:59`."""

HostOrNet = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9.:-]{0,252}(/[0-9]{1,3})?$")]
"""A host name, an address, or a network as `address/bits`."""

Prompt = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_/-]{0,99}$")]
"""A prompt's name below the prompts folder, without its extension."""

Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(_[A-Z]{2})?$")]
Codec = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{2,12}$")]


def _plain_folder(path: Path) -> Path:
    text = str(path)
    if not path.is_absolute() or ".." in path.parts:
        raise ValueError("must be an absolute path without '..'")
    if any(not (sign.isalnum() or sign in "/._-+@ ") for sign in text):
        raise ValueError(
            "may hold letters, digits, spaces and / . _ - + @ only: Asterisk reads other signs as syntax"
        )
    return path


Folder = Annotated[Path, AfterValidator(_plain_folder)]
"""An absolute path without any sign that a configuration file or the dialplan gives a meaning to."""

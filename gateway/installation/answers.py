"""What a person is asked before an installation; a file of them is TOML with these keys."""

from __future__ import annotations

import json
import socket
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field, ValidationError

from core.models import Strict
from gateway.asterisk.safe_text import HostOrNet
from gateway.installation.errors import InstallationStopped
from gateway.tls.settings import name_or_address

HostName = Annotated[str, AfterValidator(name_or_address)]
UserName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,62}$")]


def names_of_this_machine() -> tuple[str, ...]:
    """Its host name and the address that it sends from; nothing is sent to find that."""
    found = [socket.gethostname().lower()]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            found.append(probe.getsockname()[0])
        except OSError:
            pass  # it has no network yet
    usable = []
    for one in found:
        try:
            usable.append(name_or_address(one))
        except ValueError:
            continue
    return tuple(dict.fromkeys(usable)) or ("localhost",)


class InstallationAnswers(Strict):
    """`names`: by which desks and telephones reach this machine, the usual one first. `network`: whether they
    are on other machines. `carrier`: the address from which calls come in; empty: none yet. `model`: the
    folder of a speech model; empty: the one that is here.
    """

    city: str = Field(default="harbin", pattern=r"^[a-z0-9-]{1,32}$")
    names: Annotated[tuple[HostName, ...], Field(min_length=1, max_length=20)] = Field(
        default_factory=names_of_this_machine, validate_default=True
    )
    network: bool = True
    database: Literal["sqlite", "postgresql"] = "sqlite"
    carrier: HostOrNet | Literal[""] = ""
    area_code: str = Field(default="", pattern=r"^(0[0-9]{2,3})?$")
    phone: Literal["browser", "sip"] = "browser"
    administrator: UserName = "admin"
    agent: UserName = "agent"
    model: str = ""


KEYS: Final = tuple(InstallationAnswers.model_fields)


def understood(told: Mapping[str, Any]) -> InstallationAnswers:
    """Raises `InstallationStopped` and names what is wrong."""
    try:
        return InstallationAnswers(**told)
    except ValidationError as error:
        faults = [f"{'.'.join(str(one) for one in each['loc'])}: {each['msg']}" for each in error.errors()]
        raise InstallationStopped(
            f"answers: {'; '.join(faults)}", remedy=f"the keys are {', '.join(KEYS)} (docs/install.md)"
        ) from None


def read(file: Path) -> dict[str, Any]:
    """Raises `InstallationStopped`."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InstallationStopped(f"{file}: {error.strerror}", remedy="name a file that is there") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InstallationStopped(f"{file}: {error}", remedy='write lines as city = "harbin"') from None


def written(answers: InstallationAnswers) -> str:
    """As TOML."""
    told = answers.model_dump(mode="json")
    return "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in told.items())


def given(words: list[str]) -> dict[str, Any]:
    """`KEY=VALUE` words; several names are separated by commas. Raises `InstallationStopped`."""
    found: dict[str, Any] = {}
    for word in words:
        key, sign, value = word.partition("=")
        if not sign or key not in KEYS:
            raise InstallationStopped(
                f"{word}: no answer", remedy=f"KEY=VALUE, with one of {', '.join(KEYS)} as KEY"
            )
        found[key] = said(key, value)
    return found


def said(key: str, text: str) -> Any:
    """What was typed, as the answer's type has it."""
    if key == "names":
        return [one.strip() for one in text.split(",") if one.strip()]
    if key == "network":
        return {"yes": True, "y": True, "是": True, "no": False, "n": False, "否": False}.get(text, text)
    return text.strip()

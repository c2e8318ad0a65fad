"""Where an installation puts its files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import gateway
from gateway.first_settings import SETTINGS

CODE: Final = Path(gateway.__file__).resolve().parents[1]
"""The folder of the program's packages."""
SHARED: Final = Path("/usr/share/songhua")
"""Where the packages put console, prompts and models; in a checkout they lie beside the code."""
MODEL: Final = "whisper-base"
_MODULES: Final = (
    "usr/lib/*-linux-gnu*/asterisk/modules",
    "usr/lib/asterisk/modules",
    "usr/lib64/asterisk/modules",
)


@dataclass(frozen=True, slots=True)
class InstallationPlaces:
    """`root` is another folder than `/` in tests: paths of the settings are below it, too."""

    root: Path = Path("/")

    @property
    def etc(self) -> Path:
        return self.root / "etc/songhua"

    @property
    def config(self) -> Path:
        return self.etc / SETTINGS

    @property
    def answers(self) -> Path:
        return self.etc / "answers.toml"

    @property
    def state(self) -> Path:
        return self.root / "var/lib/songhua"

    @property
    def waiting(self) -> Path:
        """A file for each service that has to be started again."""
        return self.etc / "starts"

    @property
    def heard(self) -> Path:
        """What the last test call heard."""
        return self.state / "test-call.json"

    @property
    def broker(self) -> Path:
        return self.root / "var/lib/songhua-broker"

    def rooted(self, text: str) -> str:
        """The text with its absolute paths below `root`."""
        if self.root == Path("/"):
            return text
        for top in ("etc", "var", "srv"):
            text = text.replace(f'"/{top}/', f'"{self.root}/{top}/').replace(
                f"//{top}/", f"/{self.root}/{top}/"
            )
        return text


def console() -> Path | None:
    """The built console of this installation."""
    found = (SHARED / "console", CODE / "console/dist")
    return next((one for one in found if (one / "desk/index.html").is_file()), None)


def prompts() -> Path | None:
    """What callers hear."""
    return next((one for one in (SHARED / "prompts", CODE / "ivr/prompts") if one.is_dir()), None)


def model() -> Path | None:
    """A speech model that is here."""
    found = (SHARED / "models", Path("/var/lib/songhua/models"), CODE / ".songhua/models")
    return next((one / MODEL for one in found if (one / MODEL / "model.bin").is_file()), None)


def modules() -> Path | None:
    """Asterisk's modules."""
    return next((one for pattern in _MODULES for one in sorted(Path("/").glob(pattern))), None)

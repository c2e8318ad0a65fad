"""The operating system's user of this process."""

from __future__ import annotations

import os
import pwd


def machine_user() -> str:
    """His name as the operating system has it; the environment, which he sets himself, is not asked."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())

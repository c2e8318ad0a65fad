"""By which user a camera lets us in."""

from __future__ import annotations

from sensing.asking.auth import CameraLogin
from sensing.settings import SensingSettings


def login_of(settings: SensingSettings, account: str) -> CameraLogin | None:
    """None for a camera without an account."""
    found = settings.accounts.get(account)
    return None if found is None else CameraLogin(found.user, found.password.get_secret_value())

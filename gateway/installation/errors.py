"""Why an installation stops."""

from __future__ import annotations

from core.errors import SonghuaError


class InstallationStopped(SonghuaError):
    """A step could not be done; what was done before it stays, and the next run goes on there."""

    kind = "installation-stopped"
    title = "The installation stopped"

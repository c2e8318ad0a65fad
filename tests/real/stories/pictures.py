"""Makes the pictures of the workspaces in `docs/pictures`, in both languages, out of the stories.

    python -m tests.real.stories.pictures [ROLE…]

Each role's day is played; where something is worth seeing, the story takes a picture of it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Final

from tests.peers.checkout import CHECKOUT

FOLDER: Final = CHECKOUT / "docs" / "pictures"
STORIES: Final = CHECKOUT / "tests" / "real" / "stories"


def main(roles: list[str]) -> int:
    files = [STORIES / f"test_{role}.py" for role in roles] or sorted(STORIES.glob("test_*.py"))
    status = 0
    for file in files:
        words = [sys.executable, "-m", "pytest", "-q", "-m", "soak", str(file)]
        status |= subprocess.run(
            words, env={**os.environ, "SONGHUA_PICTURES": str(FOLDER)}, check=False
        ).returncode
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

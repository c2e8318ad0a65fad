"""A certificate of `localhost` that lasts two days, for a server that a test starts."""

from __future__ import annotations

import subprocess
from pathlib import Path


def server_certificate(folder: Path) -> tuple[Path, Path]:
    """The certificate and its key, as PEM files in that folder."""
    certificate, key = folder / "fullchain.pem", folder / "privkey.pem"
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
            "-subj", "/CN=localhost",
            "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate,
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    return certificate, key

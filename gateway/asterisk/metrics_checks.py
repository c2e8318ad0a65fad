"""Checks that the roles' metrics ports belong to the roles and not to another program."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Mapping

from core.translation import gettext_lazy as _
from gateway.asterisk.findings import DoctorFinding, warning

OURS = b"# HELP songhua_"
REFUSED = b"metrics.addresses"
"""In the answer of a role to an address that may not read its figures."""
LARGEST_ANSWER = 1024 * 1024
TIMEOUT_S = 3.0


async def check_figures(
    host: str, ports: Mapping[str, int], trust: ssl.SSLContext | None = None
) -> list[DoctorFinding]:
    """`ports` by role, `trust` where they speak TLS. Who does not answer is not running, which is no fault of
    the settings.
    """
    findings: list[DoctorFinding] = []
    for role, port in ports.items():
        answer = await _fetch(host, port, trust)
        if answer is not None and OURS not in answer and REFUSED not in answer:
            findings.append(
                warning(
                    "metrics",
                    f"tcp {host}:{port}",
                    _(
                        "Another program has the port of the figures of the role {role}: nobody gets them.",
                        role=role,
                    ),
                    _(
                        "See who it is: ss -ltnp | grep {port}; or change metrics.{role}_port.",
                        port=port,
                        role=role,
                    ),
                )
            )
    return findings


async def _fetch(host: str, port: int, trust: ssl.SSLContext | None) -> bytes | None:
    """What comes for `GET /metrics`; None where nobody listens."""
    try:
        async with asyncio.timeout(TIMEOUT_S):
            reader, writer = await asyncio.open_connection(host, port, ssl=trust)
    except ssl.SSLError:
        return b""
    except (OSError, TimeoutError):
        return None
    answer = b""
    try:
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(TIMEOUT_S):
                writer.write(f"GET /metrics HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
                while len(answer) < LARGEST_ANSWER and (part := await reader.read(65_536)):
                    answer += part
    finally:
        writer.close()
    return answer

"""The doctor's checks of AsyncAGI: its account can run commands, so each run names it. Pure."""

from __future__ import annotations

from gateway.asterisk.findings import Finding, Text, fault, warning
from gateway.asterisk.settings import AsteriskSettings

WANTED = ("agi", "reporting")


def check_account(shown: str, settings: AsteriskSettings) -> list[Finding]:
    """`manager show user NAME` of the account for AsyncAGI; nothing to say where FastAGI is used."""
    account = settings.asyncagi
    if settings.dialogue != "asyncagi" or account is None:
        return []
    where = f"manager.conf [{account.name}]"
    write = next((line for line in shown.splitlines() if "write perm:" in line), "")
    if not all(right in write for right in WANTED):
        return [
            fault(
                "asyncagi",
                where,
                Text(
                    "AsyncAGI 的 AMI 用户不存在或缺少 agi、reporting 权限：流程无法运行。",
                    "The account for AsyncAGI is missing, or lacks agi or reporting: no flow runs.",
                ),
                Text(
                    "重新运行 songhua asterisk render，然后重启 Asterisk。",
                    "Run songhua asterisk render again, then restart Asterisk.",
                ),
            )
        ]
    return [
        warning(
            "asyncagi",
            where,
            Text(
                "AsyncAGI 的 AMI 用户可以执行任何已加载的应用，等同于本机的 shell。",
                "The account for AsyncAGI may run any loaded application: it is as good as a shell here.",
            ),
            Text(
                '交换机能连接网关时请改用 dialogue = "fastagi"；'
                "否则只放行网关的地址，不要用 root 运行 Asterisk。",
                'Use dialogue = "fastagi" where the switch reaches the gateway; else permit the gateway\'s '
                "address alone, and do not run Asterisk as root.",
            ),
        )
    ]

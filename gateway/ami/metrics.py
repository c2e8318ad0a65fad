"""Metrics of the AMI link."""

from __future__ import annotations

from core.metrics import counter, gauge, histogram

RECEIVED = counter("ami_received_bytes", "Bytes received from the switch")
MESSAGES = counter("ami_messages", "AMI messages received", ["kind"])
"""kind: event, response, ignored, resynchronised, malformed, oversize, orphan; unproved: a forged event."""

LINK_UP = gauge("ami_link_up", "1 while logged in to the switch")
EPOCH = gauge("ami_epoch", "Number of logins since start")
LINK_DOWNS = counter("ami_link_downs", "Times that the link went down or failed to come up", ["reason"])
CONNECTS = counter("ami_connects", "Connections tried")

ACTIONS = counter("ami_actions", "Actions by outcome", ["action", "outcome"])
ACTION_SECONDS = histogram(
    "ami_action_seconds", "From sending an action to its answer", (0.001, 0.005, 0.02, 0.1, 0.5, 2, 10)
)
ORIGINATES = counter("ami_originates", "Originates by result", ["result"])
SETTLED = counter("ami_originates_settled", "Originates in doubt, by what was found out", ["result"])

SNAPSHOTS = counter("ami_snapshots", "Snapshots by result", ["result"])
QUEUED = gauge("ami_subscription_queued", "Live events waiting for a subscriber", ["subscriber"])
DROPPED = counter(
    "ami_subscription_dropped", "Live events dropped because a subscriber was slow", ["subscriber"]
)
BEATS = counter("ami_beats", "Heartbeats written for the dialplan", ["result"])

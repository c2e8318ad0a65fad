"""The base of every room: events, ids, clock, errors, storage. It has no business rules."""

import os

# Some libraries tell their makers about this machine, and write an id of it into the home folder, as soon as
# they are imported. These are their own switches, read at that moment; processes of ours hand them on.
for _switch in ("ORT_DISABLE_TELEMETRY", "HF_HUB_DISABLE_TELEMETRY", "DO_NOT_TRACK"):
    os.environ[_switch] = "1"

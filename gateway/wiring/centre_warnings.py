"""Early warnings of the whole system, told by the centre: the database's disk and standbys, certificates."""

from __future__ import annotations

from core.room import ServicePart
from core.storage import Storage
from gateway.early_warning.database_disk import DatabaseDisk
from gateway.early_warning.replication import ReplicationWatch
from gateway.early_warning.switch_certificate import SwitchCertificate
from gateway.settings import Settings


def early_warnings_of_centre(settings: Settings, storage: Storage) -> list[ServicePart]:
    """Of the role that has them for the whole system."""
    found: list[ServicePart] = []
    file = settings.storage.file()
    if file is not None:
        found.append(DatabaseDisk(file, settings.cdr.disk_warn_mb))
    if settings.storage.standbys:
        found.append(ReplicationWatch(storage, settings.storage))
    if settings.asterisk is not None and settings.asterisk.tls is not None:
        found.append(SwitchCertificate(settings.asterisk.tls.certificate))
    return found

"""Classifiers trained anew while the service runs: their folder, the process that trains, the audit trail."""

from __future__ import annotations

from cases.learning.http import classifier_routes
from cases.learning.part import ClassifiersPart
from cases.learning.service import Retraining
from cases.learning.versions.active import ActiveModel
from cases.room import Knowledge
from core.storage import Storage
from gateway.retraining.parent import ProcessTrainer
from gateway.settings import Settings
from identity.room import IdentityRoom
from identity.service import IdentityService


def retraining(
    settings: Settings, active_model: ActiveModel, storage: Storage, identity: IdentityService
) -> Retraining:
    """Retraining in a process of its own, with the audit trail."""
    return Retraining(
        active_model,
        ProcessTrainer(settings),
        identity.audit,
        storage.clock,
        settings.cases.retraining,
    )


def classifiers(
    settings: Settings, known: Knowledge, storage: Storage, people: IdentityRoom
) -> ClassifiersPart:
    """The drafter of `known` asks what is in force from now on."""
    part = ClassifiersPart(
        known.classifiers,
        retraining(settings, known.classifiers, storage, people.service),
        known.drafter.use,
        storage.clock,
    )
    part.routers = [classifier_routes(part, storage, people.current_user)]
    return part

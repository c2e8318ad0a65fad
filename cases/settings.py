"""Settings of this room."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from cases.area_class import AreaClass
from cases.evaluation.settings import EvaluationSettings
from cases.exchange.settings import ExchangeSettings
from cases.operating_mode.settings import OperatingModeSettings
from cases.pruning.settings import CasePruningSettings
from cases.reports.offers.settings import ReportOfferSettings
from cases.superior.settings import SuperiorSettings
from cases.verification.settings import VerificationSettings
from core.models import Strict


class RetrainingSettings(Strict):
    """Training the category's classifiers anew: its bounds, and when a comparison counts."""

    least_compared: int = Field(
        default=50, ge=1, le=2_000, description="set-aside cases below which nothing is switched"
    )
    memory_mb: int = Field(default=4_000, ge=200, description="address space of the process that trains")
    minutes: float = Field(default=120.0, gt=0, description="it is ended after so long")


class CasesSettings(Strict):
    """`timezone_h` decides which day a case number belongs to; China has one zone and no summer time."""

    own_gazetteer: Path | None = Field(
        default=None,
        description="the operator's places: read once, then written for other programs",
    )
    synthetic_positions: bool = Field(
        default=True,
        description="places without a measured position stand at an invented one inside their district",
    )
    own_departments: Path | None = Field(
        default=None, description="the city's own departments by class, in the form of departments.yaml"
    )
    own_calendar: Path | None = Field(
        default=None, description="the city's working time and free days, in the form of calendar.yaml"
    )
    own_limits: Path | None = Field(
        default=None, description="the city's time limits by class, condition and area: limits.yaml"
    )
    area_class: AreaClass | None = Field(
        default=None, description="class of the area (管理区域) of a place whose beat has none: A, B or C"
    )
    own_responsibility: Path | None = Field(
        default=None, description="the city's departments and who answers for what: responsibility.yaml"
    )
    own_workflow: Path | None = Field(
        default=None,
        description="the city's states and actions of assignments, in the form of assignments.yaml",
    )
    own_closing: Path | None = Field(
        default=None, description="the city's conditions for closing a case, in the form of closing.yaml"
    )
    warn_after: float = Field(
        default=0.75, gt=0, lt=1, description="the share of its time limit after which a case warns"
    )
    classifiers: Path | None = Field(
        default=None, description="the folder of versions that songhua cases retrain makes"
    )
    retraining: RetrainingSettings = RetrainingSettings()
    city_code: str = Field(
        default="230100", pattern=r"^\d{6}$", description="district code for a case without a district"
    )
    timezone_h: float = Field(default=8.0, ge=-12, le=14, description="hours ahead of UTC")
    document_font: Path | None = Field(
        default=None, description="a TrueType face with Chinese for printed cases; else Debian's"
    )
    max_live_drafts: int = Field(default=500, ge=10, le=10_000, description="drafts kept in memory")
    duplicate_within_m: float = Field(default=50.0, gt=0, description="how near a likely duplicate is")
    duplicate_street_within_min: float = Field(
        default=15.0, ge=0, description="how recent a case of the same class and street is a likely duplicate"
    )
    duplicate_within_h: float = Field(default=24.0, gt=0, description="how recent a likely duplicate is")
    evaluation: EvaluationSettings = EvaluationSettings()
    mode: OperatingModeSettings = OperatingModeSettings()
    exchange: ExchangeSettings = ExchangeSettings()
    report_offers: ReportOfferSettings = ReportOfferSettings()
    verification: VerificationSettings = VerificationSettings()
    pruning: CasePruningSettings = CasePruningSettings()
    superior: SuperiorSettings = SuperiorSettings()

"""What is wrong and where, as forms say it: of a case or of a report that is not filed yet."""

from __future__ import annotations

from cases.drafting.model import Draft, FieldName
from cases.exchange.forms import FormPosition, FormProblem
from cases.life.model import Case
from cases.verification.subject import VerificationSubjects
from cases.views import CaseViews


class FormProblems:
    def __init__(self, views: CaseViews, subjects: VerificationSubjects) -> None:
        self._views = views
        self._subjects = subjects

    def of_case(self, case: Case) -> FormProblem:
        """Who receives it is outside the centre: of a confidential case he sees no description."""
        view = self._views.view(case)
        position = None
        if case.lon is not None and case.lat is not None:
            position = FormPosition(lon=case.lon, lat=case.lat, accuracy_m=case.accuracy_m)
        return FormProblem(
            category=case.category,
            category_zh=view.category_name or "",
            category_en=view.category_name_en or "",
            district=case.district,
            district_name=view.district_name,
            address=case.address,
            crossing=case.crossing,
            relative=case.relative,
            position=position,
            urgency=case.urgency,
            confidential=case.confidential,
            description=None if case.confidential else case.description,
        )

    def of_draft(self, draft: Draft, *, confidential: bool) -> FormProblem:
        subject = self._subjects.of_draft(draft, confidential=confidential)
        category_zh, category_en = self._views.category_names(subject.category)
        district = draft.value(FieldName.DISTRICT)
        place = subject.position
        position = None
        if place is not None:
            position = FormPosition(lon=place.lon, lat=place.lat, accuracy_m=place.accuracy_m)
        return FormProblem(
            category=subject.category,
            category_zh=category_zh,
            category_en=category_en,
            district=district,
            district_name=self._views.district_name(district),
            address=draft.value(FieldName.ADDRESS),
            crossing=draft.value(FieldName.CROSSING),
            relative=draft.value(FieldName.RELATIVE),
            position=position,
            urgency=draft.value(FieldName.URGENCY),
            confidential=confidential,
            description=None if confidential else subject.description,
        )

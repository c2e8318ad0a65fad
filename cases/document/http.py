"""The route of a case's document."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from cases.document.service import CaseDocuments
from cases.document.words import Language
from cases.ports import CurrentUser
from core.actor import Actor
from core.routes import RoomRouter

PDF_TYPE = "application/pdf"


def document_routes(documents: CaseDocuments, user: CurrentUser) -> APIRouter:
    routes = RoomRouter(tags=["cases"])

    @routes.get("/cases/{case_id}/document.pdf", response_class=Response)
    async def document(
        case_id: UUID,
        actor: Annotated[Actor, Depends(user)],
        language: Annotated[Language, Query()] = "zh",
    ) -> Response:
        """Fields, dispatches, timeline, words and photos, as far as the reader may see each of them."""
        number, made = await documents.pdf(actor, case_id, language)
        headers = {"Content-Disposition": f'attachment; filename="case-{number}.pdf"'}
        return Response(made, media_type=PDF_TYPE, headers=headers)

    return routes

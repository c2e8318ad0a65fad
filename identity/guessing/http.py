"""Routes about attacks on sign-in.

Annotations are evaluated here (no postponed ones): FastAPI reads dependencies made inside `router`.
"""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends

from core.actor import Actor
from identity.guessing.service import Attacks
from identity.http import CurrentUser


def router(attacks: Attacks, current: CurrentUser) -> APIRouter:
    routes = APIRouter(tags=["identity"])

    @routes.get("/attacks")
    async def list_attacks(actor: Annotated[Actor, Depends(current)]) -> dict[str, Any]:
        return {"attacks": [one.model_dump(mode="json") for one in attacks.listed(actor)]}

    @routes.post("/attacks/{attack_id}/acknowledge")
    async def acknowledge(attack_id: UUID, actor: Annotated[Actor, Depends(current)]) -> dict[str, Any]:
        """The attack, with the name of who looks after it."""
        return (await attacks.acknowledge(actor, attack_id)).model_dump(mode="json")

    return routes

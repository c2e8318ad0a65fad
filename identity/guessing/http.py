"""Routes about attacks on sign-in.

Annotations are evaluated here (no postponed ones): FastAPI reads dependencies made inside `router`.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from core.actor import Actor
from core.routes import RoomRouter
from identity.events import SignInAttack
from identity.guessing.service import Attacks
from identity.http import CurrentUser


class AttackList(BaseModel):
    attacks: list[SignInAttack]


def router(attacks: Attacks, current: CurrentUser) -> APIRouter:
    routes = RoomRouter(tags=["identity"])

    @routes.get("/attacks")
    async def list_attacks(actor: Annotated[Actor, Depends(current)]) -> AttackList:
        return AttackList(attacks=list(attacks.listed(actor)))

    @routes.post("/attacks/{attack_id}/acknowledge")
    async def acknowledge(attack_id: UUID, actor: Annotated[Actor, Depends(current)]) -> SignInAttack:
        """The attack, with the name of who looks after it."""
        return await attacks.acknowledge(actor, attack_id)

    return routes

"""The route by which cameras bring pictures that they were told to take."""

from fastapi import APIRouter, Request, Response

from core.routes import RoomRouter
from sensing.errors import PictureNotAwaited
from sensing.gb28181.uploads import MOST_BYTES, PictureUploads


def upload_routes(uploads: PictureUploads) -> APIRouter:
    routes = RoomRouter(tags=["cameras"])

    async def bring(session: str, request: Request) -> Response:
        """The body is the JPEG, or a form with it. Taken once, while it is awaited."""
        if not uploads.awaits(session):
            raise PictureNotAwaited(remedy="only a picture that was asked for is taken")
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > MOST_BYTES:
                raise PictureNotAwaited(remedy="send a smaller one")
        if not uploads.brought(session, bytes(body)):
            raise PictureNotAwaited(remedy="a JPEG is taken, once")
        return Response(status_code=200)

    # Devices differ in how they bring a file to the address that they were told.
    for method in ("POST", "PUT"):
        routes.add_api_route("/camera-pictures/{session}", bring, methods=[method], response_class=Response)
    return routes

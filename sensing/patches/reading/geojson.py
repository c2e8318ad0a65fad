"""GeoJSON: RFC 7946 in WGS-84, and the older form that names its `crs`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final, NoReturn

from sensing.patches.model import RawFeature, text_of
from sensing.patches.reading.crs import crs_of
from sensing.patches.reading.limits import MOST_FEATURES, MOST_PROPERTIES, OpenedPatches, PatchesUnreadable
from sensing.patches.reading.polygons import NO_AREA, multipolygon, polygon

WGS84: Final = "OGC:CRS84"
_SAVE: Final = "save it as GeoJSON, a FeatureCollection of polygons"


def read_geojson(data: bytes, crs: str = "") -> OpenedPatches:
    """`crs` counts before what the file names. Raises `PatchesUnreadable`."""
    try:
        text = data.decode("utf-8-sig")
        document = json.loads(text, parse_constant=_no_number)
    except RecursionError:
        raise PatchesUnreadable("it is nested too deeply", remedy=_SAVE) from None
    except ValueError as error:  # UnicodeDecodeError and JSONDecodeError are such
        raise PatchesUnreadable(f"not JSON in UTF-8: {str(error)[:120]}", remedy=_SAVE) from None
    features = document.get("features") if isinstance(document, dict) else None
    if (
        not isinstance(document, dict)
        or document.get("type") != "FeatureCollection"
        or not isinstance(features, list)
    ):
        raise PatchesUnreadable("it is no FeatureCollection", remedy=_SAVE)
    if len(features) > MOST_FEATURES:
        raise PatchesUnreadable(f"more than {MOST_FEATURES} features", remedy="split the file")
    return OpenedPatches("geojson", crs_of(crs or _named(document)), _features(features))


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


def _named(document: dict[str, Any]) -> str:
    """RFC 7946 knows WGS-84 alone; GeoJSON of 2008 names another one."""
    given = document.get("crs")
    if given is None:
        return WGS84
    properties = given.get("properties") if isinstance(given, dict) and given.get("type") == "name" else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if not isinstance(name, str):
        raise PatchesUnreadable("its crs is not named", remedy="name it: --crs EPSG:4490")
    return name


def _features(features: list[Any]) -> Iterator[RawFeature]:
    for number, one in enumerate(features, start=1):
        if not isinstance(one, dict) or one.get("type") != "Feature":
            yield RawFeature(number, None, {}, "it is no Feature")
            continue
        properties = one.get("properties")
        if not isinstance(properties, dict) or len(properties) > MOST_PROPERTIES:
            properties = {}
        own = text_of(one.get("id"))
        try:
            yield RawFeature(number, _shape(one.get("geometry")), properties, own_id=own)
        except ValueError as error:
            yield RawFeature(number, None, properties, str(error), own)


def _shape(geometry: Any) -> Any:
    """Raises `ValueError`."""
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind == "Polygon":
        return polygon(geometry.get("coordinates"))
    if kind == "MultiPolygon":
        return multipolygon(geometry.get("coordinates"))
    raise ValueError(NO_AREA)

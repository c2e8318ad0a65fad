"""The places of the city by name: districts, subdistricts, streets, landmarks. What is invented says so."""

from cases.gazetteer.loading import load_gazetteer
from cases.gazetteer.lookup import Gazetteer, PlaceHit
from cases.gazetteer.model import District, GazetteerPlace, Subdistrict

__all__ = [
    "District",
    "Gazetteer",
    "GazetteerPlace",
    "PlaceHit",
    "Subdistrict",
    "load_gazetteer",
]

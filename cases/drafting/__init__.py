"""A draft case from what two people say, pure: words in, field values with their evidence out."""

from cases.drafting.drafter import Drafter
from cases.drafting.model import Change, Draft, Evidence, FieldName, FieldValue, SpokenSegment

__all__ = ["Change", "Draft", "Drafter", "Evidence", "FieldName", "FieldValue", "SpokenSegment"]

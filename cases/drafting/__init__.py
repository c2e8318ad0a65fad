"""A draft case from what two people say, pure: words in, field values with their evidence out."""

from cases.drafting.model import Draft, Evidence, FieldChange, FieldName, FieldValue, SpokenSegment

__all__ = ["Draft", "Evidence", "FieldChange", "FieldName", "FieldValue", "SpokenSegment"]

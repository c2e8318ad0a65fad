"""What is left of a draft that became a case when the words, or the person, of its call were erased. Pure."""

from __future__ import annotations

from cases.drafting.model import PERSONAL_FIELDS, Draft, FieldName, FieldValue

_WORDS = "said"
"""The detail of a value that repeats the citizen's own words."""


def forgotten(draft: Draft, *, personal: bool) -> Draft:
    """The draft without anything that was said in the call; `personal`: without name and number too.

    The values stay that were filed with the case: they belong to it.
    """
    return draft.model_copy(
        update={
            "heard": (),
            "additional_problems": (),
            "fields": {name: _bare(name, value, personal) for name, value in draft.fields.items()},
        }
    )


def _bare(name: FieldName, value: FieldValue, personal: bool) -> FieldValue:
    if personal and name in PERSONAL_FIELDS:
        return FieldValue(by=value.by, rev=value.rev, author=value.author, author_name=value.author_name)
    detail = {key: held for key, held in value.detail.items() if key != _WORDS}
    return value.model_copy(update={"evidence": (), "detail": detail, "earlier": ()})

"""What confirmed cases give to train on: the citizen's words without what names a person or a place."""

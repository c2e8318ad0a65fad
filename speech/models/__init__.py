"""Recognisers' models: the kind and completeness of a folder, and the models of this installation."""

from speech.models.folder import Model, check_for_engine, check_model, located

__all__ = ["Model", "check_for_engine", "check_model", "located"]

"""Recognisers' models: what a folder is, whether it is whole, and those that this installation keeps."""

from speech.models.folder import Model, check_for_engine, check_model, located

__all__ = ["Model", "check_for_engine", "check_model", "located"]

"""Danger to life in what a citizen says: words and signs that always win, and a classifier beside them."""

from cases.drafting.danger.finder import BY_CLASSIFIER, DangerFinder, Dangers

__all__ = ["BY_CLASSIFIER", "DangerFinder", "Dangers"]

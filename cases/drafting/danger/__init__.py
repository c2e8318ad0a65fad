"""Danger to life in what a citizen says: words and signs that always win, and a classifier beside them."""

from cases.drafting.danger.finder import DangerFinder, Dangers, suspects

__all__ = ["DangerFinder", "Dangers", "suspects"]

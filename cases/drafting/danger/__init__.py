"""Danger to life in what a citizen says: words, signs and classifiers, weighed together."""

from cases.drafting.danger.finder import DangerFinder, DangerFindings

__all__ = ["DangerFinder", "DangerFindings"]

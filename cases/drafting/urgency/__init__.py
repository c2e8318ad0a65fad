"""Whether somebody must come within the hour though nobody is hurt yet: words and classifiers, weighed."""

from cases.drafting.urgency.finder import UrgencyFinder
from cases.drafting.urgency.weighing import PROBLEM_FROM, UrgencyWeight, weighed

__all__ = ["PROBLEM_FROM", "UrgencyFinder", "UrgencyWeight", "weighed"]

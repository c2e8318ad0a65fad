"""Why somebody calls: to report, to ask about an earlier case, to ask something, to complain."""

from cases.drafting.intents.agreement import NO_PROBLEM, agreed, torn
from cases.drafting.intents.finder import IntentFinder

__all__ = ["NO_PROBLEM", "IntentFinder", "agreed", "torn"]

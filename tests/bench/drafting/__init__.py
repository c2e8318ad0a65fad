"""The bench `drafting`: what a draft is worth, on every holdout of the measure."""

"""The bench `drafting`: what a draft is worth, on every half of the measure."""

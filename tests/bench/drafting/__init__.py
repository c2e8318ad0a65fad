"""The bench `drafting`: what a draft is worth, on both halves of the measure."""

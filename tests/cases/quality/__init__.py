"""The measure of drafting: two halves of a hundred reports each, and what judges a draft by them."""

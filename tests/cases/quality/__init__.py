"""The measure of drafting: hundreds of reports that are called halves, and what judges a draft by them."""

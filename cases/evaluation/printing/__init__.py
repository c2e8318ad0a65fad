"""The evaluation as a page: HTML and PDF."""

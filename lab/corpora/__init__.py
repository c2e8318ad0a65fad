"""Invented calls, reports and sentences, one a line; `README.md` says what each file holds."""

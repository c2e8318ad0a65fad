"""Readers of files with change patches. Each yields features one by one, and trusts nothing in a file."""

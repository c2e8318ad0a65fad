"""The steps of an installation, one file each."""

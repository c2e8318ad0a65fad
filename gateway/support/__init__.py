"""The support bundle: what somebody elsewhere needs to help with an installation, and no personal data."""

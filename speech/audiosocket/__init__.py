"""Asterisk's AudioSocket protocol: codec, session, server."""

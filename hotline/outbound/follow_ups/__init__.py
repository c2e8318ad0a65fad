"""Calls that ask reporters of closed cases how satisfied they are; keys answer."""

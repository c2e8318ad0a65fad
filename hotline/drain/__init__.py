"""Keeps new calls from agents before the service is stopped; calls that run go on to their end."""

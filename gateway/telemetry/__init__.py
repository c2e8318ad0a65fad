"""Spans of calls and operations for an OpenTelemetry receiver (OTLP/HTTP, JSON). Off unless one is named.

A span is an observation of the centre: nothing waits for it, and a receiver that is away delays nobody.
"""

"""Copies of signed heads outside this machine: a second file, syslog, timestamps of an authority."""

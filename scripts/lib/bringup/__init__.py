"""Brings a checkout to the state where demo and tests run.

Standard library only: it runs before anything is installed.
"""

"""Installs Songhua on this machine: `songhua init`, from answers to a test call."""

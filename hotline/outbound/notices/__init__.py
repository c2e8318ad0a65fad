"""Calls that tell citizens how their cases go on, who can be told by telephone only."""

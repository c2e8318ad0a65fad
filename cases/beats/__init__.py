"""Beats (责任网格): sets of cells, each with the people and units who answer for it."""

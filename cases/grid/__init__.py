"""Cells (单元网格) of 100 m, computed from outlines of districts, and the cell of a point."""

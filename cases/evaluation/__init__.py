"""Evaluation (综合评价, GB/T 30428.4): rates of filed cases by department, place, person and class."""

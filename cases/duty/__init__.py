"""Duty times (值班时间): when which person of a department can be reached."""

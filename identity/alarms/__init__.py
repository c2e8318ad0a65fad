"""Alarms about the use of access rights: desks show them until another person takes them over."""

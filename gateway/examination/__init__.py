"""Looks at the whole system from outside its processes: the doctor's checks, and the status on one screen."""

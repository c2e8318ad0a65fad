"""When something is due: working time, pauses and time limits. Pure: no clock of the machine, no storage."""

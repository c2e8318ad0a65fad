"""How the rooms of each role are put together: one small file for each room and one for each role."""

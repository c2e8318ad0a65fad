"""How a unit's page comes into the conference of a talkgroup: a ticket of one use, and the door where it is
shown (decision 0110).
"""

"""Field units: register and positions, jobs and their delivery, messages, status codes, emergencies, photos,
talkgroups, terminals.

Code in a folder `centre` runs in the role `centre`, code in a folder `radio` in the role `radio`, all other
code in both.
"""

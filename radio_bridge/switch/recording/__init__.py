"""What is said in talkgroups is recorded by the switch: the role `centre` keeps a recorder in their
conferences.
"""

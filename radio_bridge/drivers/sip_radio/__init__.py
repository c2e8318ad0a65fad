"""Talkgroups whose radio system has a SIP side: the switch keeps a call to each (decision 0146)."""

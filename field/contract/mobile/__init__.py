"""What a mobile terminal and the centre say to each other."""

from typing import Final

NETWORK: Final = "app"
"""The network of mobile terminals, in a unit's addresses (`app:UID`) and in talkgroups."""

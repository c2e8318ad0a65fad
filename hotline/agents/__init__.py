"""The ledger of agents. It is ours; the switch's queue members only follow it."""

"""Drafts without a call: reports by other channels than the telephone, until an agent files them."""

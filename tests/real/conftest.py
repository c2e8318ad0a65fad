"""Real peers for every test here."""

from __future__ import annotations

from tests.peers.fixtures import asterisk, mosquitto, peer_folder, postgres, postgres_url

__all__ = ["asterisk", "mosquitto", "peer_folder", "postgres", "postgres_url"]

"""Everything that listens, in one list: docs/ports.md, the nftables file and a test come from it."""

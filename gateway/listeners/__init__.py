"""The list of all listening sockets; docs/ports.md, the nftables file and a test use it."""

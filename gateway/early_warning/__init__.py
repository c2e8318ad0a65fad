"""What is told before it hurts: a clock that jumps, queues that grow, a disk, a certificate or a standby.
Each is in health, and health is in the figures, so that each is an alert too.
"""

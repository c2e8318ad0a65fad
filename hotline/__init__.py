"""The call centre: calls, queues and agents as they are now, pops, taps and dispositions."""

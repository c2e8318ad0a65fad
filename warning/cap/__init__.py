"""The Common Alerting Protocol 1.2: messages read, written, signed and judged."""

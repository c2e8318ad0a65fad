"""Mobile terminals: packages over MQTT."""

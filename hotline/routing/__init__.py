"""Who should serve whom: skills against what a queue needs, and which caller comes first."""

"""The smaller facts of a report: each reader finds one kind, none of them invents."""

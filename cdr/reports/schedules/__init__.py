"""Reports that are sent by e-mail every day, week or month."""

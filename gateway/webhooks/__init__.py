"""Signed forms by HTTP to departments' systems, in the manner of Standard Webhooks."""

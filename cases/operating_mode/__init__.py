"""The operating mode of the centre: peace, emergency or wartime (平时、应急、战时). Two people switch it."""

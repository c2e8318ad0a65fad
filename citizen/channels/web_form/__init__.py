"""Reports by a public web form: no account, a number and a code to follow with."""

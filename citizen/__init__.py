"""Every channel of citizens except the telephone: reports come in, notices of progress go out."""

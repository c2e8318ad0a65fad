"""The subcommands of `songhua`, one file for each subject."""

"""What the commands for files share: a recording through the recogniser, its draft, and their documents."""

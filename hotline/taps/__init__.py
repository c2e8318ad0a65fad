"""Live audio of each answered leg, given to speech nodes; never at the expense of a call."""

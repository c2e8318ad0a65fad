"""The exchange of forms with departments that do not work at the desk: forms out, feedback in."""

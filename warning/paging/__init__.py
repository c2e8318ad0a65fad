"""Multicast paging: loudspeakers and telephones of a group hear the sounds of a released warning."""

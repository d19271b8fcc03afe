"""The only place that knows every room: it opens a House from settings, and puts the ways in on top of it."""

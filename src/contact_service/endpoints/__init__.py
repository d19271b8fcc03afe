"""The request's way in: HTTP faces over the actions."""

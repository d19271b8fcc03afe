"""The JSON API: one file a story, handlers of a few lines; what each takes and gives is in its ROUTES."""

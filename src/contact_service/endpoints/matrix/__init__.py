"""The Matrix identity API, version 2, over the same actions as the JSON API."""

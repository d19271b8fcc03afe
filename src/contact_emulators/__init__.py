"""Neighbours of the service as small stateful servers: providers, stores and vendors, for tests and the demo."""

"""`contacts bench`: what the service costs beside its peers, in one run on one machine (performance.md 7)."""

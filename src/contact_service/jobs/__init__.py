"""The other way in: the clock. Errands move to the queue, workers do them, each by one action."""

"""The Contact Service: the system of record for the address books of a messaging app's users."""

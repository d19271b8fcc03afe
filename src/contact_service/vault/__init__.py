"""How things are sealed: keyring, data keys, blind indexes, signed tokens. No storage, no network."""

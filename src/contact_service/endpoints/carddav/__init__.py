"""The CardDAV face: RFC 6352, 6578, 5397, 6764 over the same actions as the JSON API."""

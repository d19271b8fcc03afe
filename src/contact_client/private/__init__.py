"""Finding people without telling the service whom one knows (RFC 9497), and what the device keeps for it."""

"""How things are spelled: vCard, JSContact, payloads. Pure: bytes in, values out."""

"""How WebDAV and CardDAV are spelled: request bodies into typed values, values into answers. RFC 4918, 6352, 6578.

`xml` reads and writes trees within bounds; `wanted`, `changes`, `reports` are what is asked; `criteria`, `filters` a
search; `multistatus`, `properties`, `values` what is answered; `hrefs` where things are; `subset` a part of a card.
"""

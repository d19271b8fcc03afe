-- heads --
-- The heads of many owners in one statement: the coalesced read behind every request. Crosses owners.
-- $1 owners
SELECT owner_id, version, epoch, consents, state, key_gen, live_cards
FROM owners WHERE owner_id = ANY($1::text[])

-- wrapped_keys --
-- Wrapped data keys of many owners; the caller matches owner and generation together. Crosses owners.
-- $1 owners, $2 generations
SELECT owner_id, gen, wrapped
FROM vault.data_keys WHERE owner_id = ANY($1::text[]) AND gen = ANY($2::bigint[])

-- append --
-- One entry, in the acting transaction. Random ids only: no name, identifier, address or free text.
-- $1 owner, $2 at, $3 id, $4 actor, $5 actor kind, $6 action, $7 object kind, $8 object, $9 n, $10 outcome, $11 request
INSERT INTO audit (owner_id, at, id, actor, actor_kind, action, object_kind, object_id, n, outcome, request_id)
VALUES ($1::text, $2::timestamptz, $3::uuid, $4::text, $5::text, $6::text, $7::text, $8::text, $9::bigint, $10::text,
    $11::text)

-- kinds --
-- The owner's entries, oldest first: what was done.
-- $1 owner
SELECT action FROM audit WHERE owner_id = $1::text ORDER BY at, id

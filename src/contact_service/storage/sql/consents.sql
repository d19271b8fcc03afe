-- add --
-- Append to the history; rows are never changed.
-- $1 owner, $2 purpose, $3 granted, $4 policy version, $5 policy SHA-256, $6 source, $7 device, $8 at, $9 request id
INSERT INTO consents (owner_id, purpose, n, granted, policy_version, policy_sha256, source, device_id, at, request_id)
SELECT $1::text, $2::text, coalesce(max(n), 0) + 1, $3::boolean, $4::text, $5::bytea, $6::text, $7::bytea,
    $8::timestamptz, $9::text
FROM consents WHERE owner_id = $1::text AND purpose = $2::text

-- latest --
-- The newest row of each purpose.
-- $1 owner
SELECT DISTINCT ON (purpose) purpose, granted, policy_version, source, at
FROM consents WHERE owner_id = $1::text ORDER BY purpose, n DESC

-- between --
-- What stands between these users and the viewer, by bits that are set: `knows`, a user's own matches hold the viewer;
-- `refuses`, a user blocks the viewer; `refused`, the viewer blocks a user; `inactive`, a user's processing is restricted,
-- or they are being erased; `asked` is always there. Reads a point an owner: the gate asks for all of them at once. One
-- row, however many bits there are. Crosses owners.
-- $1 users, $2 viewer
SELECT array_agg(bit) AS bits, array_agg(user_id) AS users FROM (
    SELECT 'asked' AS bit, $2::text AS user_id
    UNION ALL
    SELECT DISTINCT 'knows', owner_id FROM matches
    WHERE owner_id = ANY($1::text[]) AND user_id = $2::text
    UNION ALL
    SELECT 'refuses', owner_id FROM blocks WHERE owner_id = ANY($1::text[]) AND user_id = $2::text
    UNION ALL
    SELECT 'refused', user_id FROM blocks WHERE owner_id = $2::text AND user_id = ANY($1::text[])
    UNION ALL
    SELECT 'inactive', owner_id FROM owners WHERE owner_id = ANY($1::text[]) AND state <> 'active'
) AS found

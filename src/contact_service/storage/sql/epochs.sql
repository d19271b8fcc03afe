-- all --
-- The key epochs of the directory that are not gone.
SELECT kind, epoch, state, bits, position, live_at, ends_at
FROM directory_epochs WHERE state <> 'gone' ORDER BY kind, epoch

-- kinds --
-- The kinds that have ever had a row, with their newest epoch.
SELECT kind, max(epoch) AS epoch FROM directory_epochs GROUP BY kind

-- put --
-- A new epoch, or an epoch's new state.
-- $1 kind, $2 epoch, $3 state, $4 bits, $5 position, $6 now, $7 live at, $8 ends at
INSERT INTO directory_epochs (kind, epoch, state, bits, position, since, live_at, ends_at)
VALUES ($1::text, $2::bigint, $3::text, $4::int, $5::text, $6::timestamptz, $7::timestamptz, $8::timestamptz)
ON CONFLICT (kind, epoch) DO UPDATE SET
    state = excluded.state, bits = excluded.bits, position = excluded.position, since = excluded.since,
    live_at = excluded.live_at, ends_at = excluded.ends_at

-- gone --
-- The epochs that are gone, and since when.
SELECT kind, epoch, since FROM directory_epochs WHERE state = 'gone'

-- move --
-- How far an epoch is filled.
-- $1 kind, $2 epoch, $3 position
UPDATE directory_epochs SET position = $3::text WHERE kind = $1::text AND epoch = $2::bigint AND state = 'building'

-- 0009: neighbours. What is told of registered users in the order of its changes, how far a Header Store by URL is read,
-- and what validators said of identifiers about to be invited.

-- The counter of directory_headers. Never behind one of its rows; `floor`: removals up to it are forgotten.
-- class: reference
CREATE TABLE directory_feed (
    id    int NOT NULL,                       -- always 1
    seq   bigint NOT NULL,
    floor bigint NOT NULL,
    PRIMARY KEY (id)
);

-- A registered user's place in that order, and what came with the registration that the directory has no use for.
-- A row outlives its user for 30 days, so that what was sent earlier and comes later brings nobody back.
-- class: reference
CREATE TABLE directory_headers (
    user_id     text COLLATE "C" NOT NULL,
    seq         bigint NOT NULL,              -- of the last change; the version under which we tell of it
    told        bigint,                       -- version of whoever told us last; NULL: none was given
    suggestible boolean,                      -- NULL: nothing was said
    read        bigint NOT NULL DEFAULT 0,    -- the last full read of the Header Store that met it; 0: it was pushed
    removed_at  timestamptz,
    PRIMARY KEY (user_id)
);
INSERT INTO directory_headers (user_id, seq)
SELECT user_id, row_number() OVER (ORDER BY user_id) FROM directory_users;
INSERT INTO directory_feed (id, seq, floor) SELECT 1, count(*), 0 FROM directory_headers;
CREATE UNIQUE INDEX directory_headers_seq ON directory_headers (seq);
CREATE INDEX directory_headers_read ON directory_headers (read, user_id) WHERE read > 0;
CREATE INDEX directory_headers_removed ON directory_headers (removed_at) WHERE removed_at IS NOT NULL;

-- How far the Header Store is read.
-- class: reference
CREATE TABLE header_store (
    id        int NOT NULL,                   -- always 1
    origin    bytea,                          -- hash of the URL that all below is of
    token     text,                           -- NULL: from the start
    phase     text COLLATE "C" NOT NULL,      -- changes, full, sweep, held
    reading   bigint NOT NULL,                -- number of the last full read
    fresh_at  timestamptz,                    -- when all there was had been read
    tried_at  timestamptz,
    PRIMARY KEY (id)
);
INSERT INTO header_store (id, phase, reading) VALUES (1, 'full', 1);

-- What a validator said of an identifier that this owner was about to invite. 30 days.
-- class: owner
CREATE TABLE validations (
    owner_id text COLLATE "C" NOT NULL,
    tag      bytea NOT NULL,                  -- keyed hash under the owner's own data key
    sealed   bytea NOT NULL,                  -- kind verdict
    at       timestamptz NOT NULL,
    PRIMARY KEY (owner_id, tag)
);

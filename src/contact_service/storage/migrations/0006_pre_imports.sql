-- Import runs: how far each has come, the file it reads while it does, and the records that it could not take.

-- One import of one source. What stands here in the clear are ids, times and counts.
-- class: owner
CREATE TABLE imports (
    owner_id      text COLLATE "C" NOT NULL,
    import_id     uuid NOT NULL,
    number        bigint NOT NULL,              -- the owner's runs are counted: which of them saw a record last
    kind          text COLLATE "C" NOT NULL,    -- file, or the provider
    account_id    uuid,                         -- the linked account; NULL: a file
    preview       boolean NOT NULL,             -- it only tells what it would do
    state         text NOT NULL,                -- queued, running, done, failed, cancelled, undone
    phase         text NOT NULL,                -- queued, reading, waiting, ended
    sealed        bytea NOT NULL,               -- what was asked, what the file is, the place reached, why it failed
    rev           bigint NOT NULL,              -- grows with each change; the seal's revision
    done          bigint NOT NULL DEFAULT 0,    -- records dealt with
    total         bigint,                       -- of so many, where the source tells
    percent       bigint,                       -- how much of the source is read, 0 to 100, where that is known
    created       bigint NOT NULL DEFAULT 0,
    updated       bigint NOT NULL DEFAULT 0,
    unchanged     bigint NOT NULL DEFAULT 0,
    removed       bigint NOT NULL DEFAULT 0,
    rejected      bigint NOT NULL DEFAULT 0,
    held          bigint NOT NULL DEFAULT 0,    -- removals that wait for the owner's word
    waiting_until timestamptz,                  -- the provider's limit: not before
    lease_token   uuid,                         -- who works on it; a page is written under this token or not at all
    lease_until   timestamptz,                  -- from then on another may
    made_at       timestamptz NOT NULL,
    ended_at      timestamptz,
    PRIMARY KEY (owner_id, import_id)
);

-- Records that a run could not take, one by one. What they were is sealed, and goes before the row does.
-- class: owner
CREATE TABLE import_rejects (
    owner_id  text COLLATE "C" NOT NULL,
    import_id uuid NOT NULL,
    n         bigint NOT NULL,                  -- in the order of the source, from 0
    place     bigint NOT NULL,                  -- the record's number in the source, from 0
    line      bigint NOT NULL,                  -- its first line, from 1; 0: the source has no lines
    code      text COLLATE "C" NOT NULL,
    reason    text COLLATE "C" NOT NULL,        -- without values
    sealed    bytea,                            -- its name and its bytes; NULL: let go of, or too much to keep
    at        timestamptz NOT NULL,
    PRIMARY KEY (owner_id, import_id, n)
);
CREATE INDEX import_rejects_at ON import_rejects (owner_id, at);

-- A file while it is being read, in pieces; its row in imports comes with the last of them.
-- class: owner
CREATE TABLE import_parts (
    owner_id  text COLLATE "C" NOT NULL,
    import_id uuid NOT NULL,
    n         bigint NOT NULL,                  -- from 0; 1 MiB each but for the last
    sealed    bytea NOT NULL,
    at        timestamptz NOT NULL,
    PRIMARY KEY (owner_id, import_id, n)
);
-- Noise does not get smaller.
ALTER TABLE import_parts ALTER COLUMN sealed SET STORAGE EXTERNAL;
CREATE INDEX import_parts_at ON import_parts (owner_id, at);

-- How many runs the owner had, also of those whose rows are gone, and whether a run may merge what is surely the same.
ALTER TABLE owners ADD COLUMN imports_made bigint NOT NULL DEFAULT 0;
ALTER TABLE owners ADD COLUMN auto_merge boolean NOT NULL DEFAULT false;

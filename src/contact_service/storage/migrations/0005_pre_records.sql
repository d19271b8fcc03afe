-- Source records: what each source says of one contact. The card is made of them and of the owner's own edits, so what
-- only one source gave can go with it. They take the place of card_sources, which a later migration drops.

-- What the source said last is `record`, or, where that is NULL, the card's revision `version`, which says just that.
-- class: owner
CREATE TABLE source_records (
    owner_id   text COLLATE "C" NOT NULL,
    kind       text COLLATE "C" NOT NULL,     -- model/imports.py: own, ios, …, google, …, file
    source     bytea NOT NULL,                -- keyed hash of the device's or account's id; '' of the owner's own
    source_key bytea NOT NULL,                -- keyed hash of the record's id there, or, without one, of the record
    card_id    uuid NOT NULL,
    digest     bytea NOT NULL,                -- keyed hash of the record as it came
    version    bigint NOT NULL,
    record     bytea,                         -- sealed
    residue    bytea,                         -- sealed: what a card has no place for; of the owner's own: what she removed
    blobs      bytea[],                       -- the blobs that `record` and `residue` point to
    etag       text,                          -- as the source gave it
    run        bigint NOT NULL,               -- number of the run that saw it last; 0: an upload
    page       bigint NOT NULL,               -- and which page of that run
    born       bigint NOT NULL,               -- number of the run that brought it; 0: an upload
    brought_at timestamptz NOT NULL,          -- when it came as it is
    PRIMARY KEY (owner_id, kind, source, source_key)
);

INSERT INTO source_records (
    owner_id, kind, source, source_key, card_id, digest, version, record, run, page, born, brought_at
)
SELECT owner_id, kind, device_id, source_key, card_id, digest, version, record, 0, 0, 0, now()
FROM card_sources;

CREATE INDEX source_records_card ON source_records (owner_id, card_id);

-- What a run changed or removed, as it was before: a copy of the row, card_id NULL where there was none.
-- class: owner
CREATE TABLE import_undo (
    owner_id   text COLLATE "C" NOT NULL,
    kind       text COLLATE "C" NOT NULL,
    source     bytea NOT NULL,
    source_key bytea NOT NULL,
    number     bigint NOT NULL,               -- of the run
    card_id    uuid,
    digest     bytea,
    version    bigint,
    record     bytea,
    residue    bytea,
    blobs      bytea[],
    etag       text,
    run        bigint,
    page       bigint,
    born       bigint,
    brought_at timestamptz,
    gone       bigint,                        -- the number at which the run buried the card; 0: it left it to the owner; NULL: else
    at         timestamptz NOT NULL,          -- held for 30 days from then
    PRIMARY KEY (owner_id, kind, source, source_key, number)
);
CREATE INDEX import_undo_number ON import_undo (owner_id, number);
CREATE INDEX import_undo_card ON import_undo (owner_id, card_id, version) WHERE card_id IS NOT NULL;
CREATE INDEX import_undo_at ON import_undo (owner_id, at);

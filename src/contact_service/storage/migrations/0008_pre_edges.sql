-- Who the owner is linked with elsewhere: friends and followers, as a provider or an archive told. They are no contacts.

-- The name is sealed; of the provider's id there is a keyed hash under the owner's own key and nothing else.
-- class: owner
CREATE TABLE social_edges (
    owner_id text COLLATE "C" NOT NULL,
    provider text COLLATE "C" NOT NULL,       -- facebook, x, …
    kind     text COLLATE "C" NOT NULL,       -- friend, follower, following
    edge_key bytea NOT NULL,                  -- keyed hash of the id there; of the name, where there is no id
    source   bytea NOT NULL,                  -- which account or file told it, as in source_records
    sealed   bytea NOT NULL,                  -- the name
    via      text NOT NULL,                   -- api, archive
    seen_at  timestamptz NOT NULL,
    run      bigint NOT NULL,                 -- number of the run that saw it last
    born     bigint NOT NULL,                 -- number of the run that brought it
    PRIMARY KEY (owner_id, provider, kind, edge_key, source)
);
CREATE INDEX social_edges_source ON social_edges (owner_id, source);

CREATE TYPE export_format AS ENUM ('csv', 'xlsx');
CREATE TYPE export_state AS ENUM ('pending', 'ready', 'failed', 'removed');

-- Who took which SIMs out of the portal as a file. The row stays for a year, whatever becomes of the file.
CREATE TABLE exports (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    uid uuid NOT NULL UNIQUE,
    company_id bigint NOT NULL REFERENCES companies,
    asked_by bigint NOT NULL REFERENCES users,
    asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Which SIMs: as the portal reads it, and in words with the names that things had then.
    selection jsonb NOT NULL,
    selection_words text NOT NULL,
    -- As they are written in addresses.
    shown_columns text NOT NULL,
    format export_format NOT NULL,
    -- How many SIMs were selected when it was asked for.
    expected integer NOT NULL,
    -- Made by a worker and kept; the others are made while the person who asked waits, and are not kept.
    in_background boolean NOT NULL,
    state export_state NOT NULL DEFAULT 'pending',
    -- How many SIMs are in the file, or in so much of it as there is.
    rows integer NOT NULL DEFAULT 0,
    bytes bigint,
    attempts smallint NOT NULL DEFAULT 0,
    -- Until when it is with the worker that makes it, or left alone after an error.
    lease uuid,
    leased_until timestamptz,
    made_at timestamptz,
    -- Until when the file can be downloaded.
    expires_at timestamptz NOT NULL,
    -- Why there is no file, as a sentence.
    failure text,
    CHECK ((state = 'failed') = (failure IS NOT NULL)),
    CHECK (state <> 'ready' OR (bytes IS NOT NULL AND made_at IS NOT NULL))
) WITH (fillfactor = 70);
CREATE INDEX exports_of_company ON exports (company_id, id);
CREATE INDEX exports_of_person ON exports (asked_by, company_id, id);
CREATE INDEX exports_waiting ON exports (company_id, id) WHERE state = 'pending' AND in_background;
CREATE INDEX exports_made ON exports (company_id, made_at) WHERE in_background;
CREATE INDEX exports_kept ON exports (expires_at) WHERE state = 'ready' AND in_background;
CREATE INDEX exports_by_age ON exports (asked_at);

-- The files that workers have made: every portal reaches the database, and nothing else is shared.
CREATE TABLE export_chunks (
    export_id bigint NOT NULL REFERENCES exports ON DELETE CASCADE,
    number integer NOT NULL,
    bytes bytea NOT NULL,
    PRIMARY KEY (export_id, number)
);

-- Who has begun to download an export, and how often.
CREATE TABLE export_downloads (
    export_id bigint NOT NULL REFERENCES exports ON DELETE CASCADE,
    user_id bigint NOT NULL REFERENCES users,
    first_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    times integer NOT NULL DEFAULT 1,
    PRIMARY KEY (export_id, user_id)
) WITH (fillfactor = 70);

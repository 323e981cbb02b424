ALTER TYPE failure_code ADD VALUE 'already_loaded';

CREATE TYPE import_problem AS ENUM (
    'spreadsheet', 'check_digit', 'malformed', 'out_of_range', 'duplicate', 'already_loaded');

-- A vendor's file that somebody has sent, read and checked, and not loaded before that person says so. The file itself
-- is not kept: it may hold keys.
CREATE TABLE import_drafts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    uid uuid NOT NULL UNIQUE,
    company_id bigint NOT NULL REFERENCES companies,
    created_by bigint NOT NULL REFERENCES users,
    created_at timestamptz NOT NULL DEFAULT now(),
    file_name text NOT NULL CHECK (char_length(file_name) BETWEEN 1 AND 200),
    -- What was recognised: how ICCIDs are written, how rows are laid out, and the columns with what each is taken as.
    iccid_form text NOT NULL,
    layout text NOT NULL DEFAULT '',
    mapping jsonb NOT NULL DEFAULT '[]',
    -- How many rows the header of the file says there are.
    announced integer,
    rows integer NOT NULL DEFAULT 0,
    blank_lines integer NOT NULL DEFAULT 0,
    -- How many rows can become SIMs, and how many have each problem.
    ready integer NOT NULL DEFAULT 0,
    problems jsonb NOT NULL DEFAULT '{}',
    -- What loads it.
    operation_id bigint UNIQUE REFERENCES operations
) WITH (fillfactor = 70);
CREATE INDEX import_drafts_of_company ON import_drafts (company_id, id);
CREATE INDEX import_drafts_by_age ON import_drafts (created_at);

-- Its rows by their lines. One without a problem is what a SIM will be; of one with a problem, what was written in the
-- columns that the portal keeps, where it can't be a key.
CREATE TABLE import_lines (
    -- No foreign key: checking one row of import_drafts for each of a million is a third of the work.
    draft_id bigint NOT NULL,
    line integer NOT NULL,
    iccid text COLLATE "C",
    imsi text COLLATE "C",
    msisdn text COLLATE "C",
    eid text COLLATE "C",
    sim_type text,
    label text,
    problem import_problem,
    -- The problem as a sentence.
    reason text,
    PRIMARY KEY (draft_id, line),
    CHECK ((problem IS NULL) = (reason IS NULL))
);
CREATE INDEX import_lines_with_problems ON import_lines (draft_id, problem, line) WHERE problem IS NOT NULL;

CREATE TYPE sim_list_problem AS ENUM ('not_found', 'malformed', 'duplicate');

-- A list of SIMs of one company, kept for some days so that a million SIMs can be meant by one short
-- name. Made from identifiers that somebody has sent, or from a group of a preview.
CREATE TABLE sim_lists (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    uid uuid NOT NULL UNIQUE,
    company_id bigint NOT NULL REFERENCES companies,
    -- Where it comes from, in words: the name of a file, the reason of a group.
    origin text NOT NULL CHECK (char_length(origin) BETWEEN 1 AND 200),
    created_by bigint NOT NULL REFERENCES users,
    created_at timestamptz NOT NULL DEFAULT now(),
    -- SIMs in the list, and entries that are none.
    found integer NOT NULL DEFAULT 0,
    not_found integer NOT NULL DEFAULT 0,
    malformed integer NOT NULL DEFAULT 0,
    duplicates integer NOT NULL DEFAULT 0
);
CREATE INDEX sim_lists_of_company ON sim_lists (company_id, id);
CREATE INDEX sim_lists_by_age ON sim_lists (created_at);

-- The SIMs of a list, in the order in which they are shown and worked on.
CREATE TABLE sim_list_members (
    -- No foreign keys: checking one row of sim_lists for each of a million members is a third of
    -- the work. Whoever reads joins the SIMs of the company, so that a SIM which has left it is not meant.
    list_id bigint NOT NULL,
    iccid text COLLATE "C" NOT NULL,
    sim_id bigint NOT NULL,
    PRIMARY KEY (list_id, iccid)
);

-- What was sent and is no SIM of the list.
CREATE TABLE sim_list_leftovers (
    list_id bigint NOT NULL,
    problem sim_list_problem NOT NULL,
    -- Its place among all that was sent, and the line that it stands in, both from 1.
    entry integer NOT NULL,
    line integer NOT NULL,
    written text NOT NULL,
    -- What is wrong with it, as a sentence, or where it stands already.
    reason text,
    PRIMARY KEY (list_id, problem, entry)
);

CREATE TYPE field_kind AS ENUM ('text', 'number', 'date', 'list');

-- What a company keeps of its SIMs beside what every company does.
CREATE TABLE custom_fields (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    company_id bigint NOT NULL REFERENCES companies,
    name text NOT NULL CHECK (name = btrim(name) AND char_length(name) BETWEEN 1 AND 50),
    kind field_kind NOT NULL,
    -- What can be chosen, for a list.
    choices text[] NOT NULL DEFAULT '{}',
    -- Its place among the fields of the company.
    position integer NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CHECK ((kind = 'list') = (choices <> '{}'))
);
CREATE UNIQUE INDEX custom_fields_name_in_company ON custom_fields (company_id, lower(name));

-- Labels and fields that were removed, and that SIMs may still hold the ids of. No id is given twice and nobody
-- shows one that is gone: they are taken off the SIMs little by little.
CREATE TABLE removed_details (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    company_id bigint NOT NULL REFERENCES companies,
    label_id bigint,
    field_id bigint,
    -- Up to which ICCID the SIMs of the company have been looked at, for a field.
    reached text COLLATE "C" NOT NULL DEFAULT '',
    CHECK ((label_id IS NULL) <> (field_id IS NULL))
);

ALTER TABLE sims
    ADD COLUMN note text CHECK (char_length(note) BETWEEN 1 AND 1000),
    -- Values by the ids of fields of this company; private to it, as labels are.
    ADD COLUMN fields jsonb NOT NULL DEFAULT '{}';

-- What an edit does, with the names that labels and fields had when it was launched.
ALTER TABLE operations ADD COLUMN changes jsonb,
    ADD CONSTRAINT operations_edit_check CHECK ((kind = 'edit') = (changes IS NOT NULL));

-- A list may say what becomes of the name, the note and the custom fields of each of its SIMs: a file did. An edit that goes
-- by it is one operation, and reads each SIM's details here.
ALTER TABLE sim_lists
    -- Which it says: name, note, and the ids of custom fields, in the order of the columns.
    ADD COLUMN details text[] NOT NULL DEFAULT '{}';
ALTER TABLE sim_list_members
    -- By the same words; an empty text where the file had none.
    ADD COLUMN details jsonb;

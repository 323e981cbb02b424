ALTER TABLE operations DROP COLUMN changes;
ALTER TABLE sims DROP COLUMN fields, DROP COLUMN note;
DROP TABLE removed_details, custom_fields;
DROP TYPE field_kind;

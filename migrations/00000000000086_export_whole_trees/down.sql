DROP TRIGGER exports_tell_parts ON exports;
DROP FUNCTION tell_parts_of_export();
ALTER TABLE exports DROP COLUMN part_of, DROP COLUMN of_tree;

ALTER TABLE sim_list_members DROP COLUMN details;
ALTER TABLE sim_lists DROP COLUMN details;

ALTER TABLE sim_lists DROP COLUMN passed_over, DROP COLUMN notes;
ALTER TABLE sim_list_members DROP COLUMN line;

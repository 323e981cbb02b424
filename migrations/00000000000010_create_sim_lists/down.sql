DROP TABLE sim_list_leftovers, sim_list_members, sim_lists;
DROP TYPE sim_list_problem;

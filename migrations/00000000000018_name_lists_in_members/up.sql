-- The members name their list as addresses do: a query that is given the name has a constant, of which the
-- planner knows from its statistics how many members there are. An id that a subquery finds tells it
-- nothing, and lists of ten and of a million would be read in the same way.
DELETE FROM sim_list_leftovers;
DELETE FROM sim_lists;
DROP TABLE sim_list_members;
CREATE TABLE sim_list_members (
    -- No foreign keys: checking one row of sim_lists for each of a million members is a third of
    -- the work. Whoever reads joins the SIMs of the company, so that a SIM which has left it is not meant.
    list uuid NOT NULL,
    iccid text COLLATE "C" NOT NULL,
    sim_id bigint NOT NULL,
    PRIMARY KEY (list, iccid)
);

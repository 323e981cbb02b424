DELETE FROM sim_list_leftovers;
DELETE FROM sim_lists;
DROP TABLE sim_list_members;
CREATE TABLE sim_list_members (
    list_id bigint NOT NULL,
    iccid text COLLATE "C" NOT NULL,
    sim_id bigint NOT NULL,
    PRIMARY KEY (list_id, iccid)
);

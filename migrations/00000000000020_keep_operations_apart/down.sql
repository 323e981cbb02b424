UPDATE operations o SET state = f.stopped_in FROM operation_faults f
    WHERE f.operation_id = o.id AND o.state = 'paused' AND f.stopped_in IS NOT NULL;
DROP TABLE operation_faults;
DROP TABLE turns;

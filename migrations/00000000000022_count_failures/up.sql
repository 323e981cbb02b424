-- How many tasks of an operation have failed for each reason, as far as one company sees them:
-- what its page shows, without looking at the tasks.
CREATE TABLE operation_failures (
    company_id bigint NOT NULL,
    operation_id bigint NOT NULL,
    code failure_code NOT NULL,
    tasks integer NOT NULL CHECK (tasks > 0),
    -- Those whose SIM was moved before they failed.
    moved integer NOT NULL CHECK (moved BETWEEN 0 AND tasks),
    -- The same where one operation held all SIMs that were busy.
    least_blocking_operation_id bigint,
    greatest_blocking_operation_id bigint,
    PRIMARY KEY (company_id, operation_id, code),
    FOREIGN KEY (company_id, operation_id) REFERENCES operation_companies
) WITH (fillfactor = 50);

INSERT INTO operation_failures
SELECT seen.company_id, o.id, t.code, count(*), count(t.moved_to_company_id),
    min(t.blocking_operation_id), max(t.blocking_operation_id)
FROM operation_companies seen JOIN operations o ON o.id = seen.operation_id
JOIN tasks t ON t.operation_id = o.id AND t.state = 'failure'
    AND (o.company_id = seen.company_id OR t.moved_to_company_id = seen.company_id
        OR (o.kind = 'recall' AND t.before_company_id = seen.company_id))
GROUP BY seen.company_id, o.id, t.code;

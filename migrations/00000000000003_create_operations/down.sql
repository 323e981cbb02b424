DROP TABLE simulated_network_requests, steps, tasks, operation_companies, operations;
DROP TYPE failure_code, task_state, operation_state, operation_kind;

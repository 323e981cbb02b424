-- A value of an enum can't be taken back: 'too_many_labels' stays, and no one uses it.
UPDATE tasks SET code = 'changed_since' WHERE code = 'too_many_labels';
INSERT INTO operation_failures AS kept (company_id, operation_id, code, tasks, moved)
    SELECT company_id, operation_id, 'changed_since', tasks, moved FROM operation_failures WHERE code = 'too_many_labels'
    ON CONFLICT (company_id, operation_id, code) DO UPDATE SET tasks = kept.tasks + excluded.tasks, moved = kept.moved + excluded.moved;
DELETE FROM operation_failures WHERE code = 'too_many_labels';

-- A value of an enum can't be taken back: 'changed_since' stays, and no one uses it.
SELECT 1;

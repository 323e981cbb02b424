-- A value of an enum can't be taken back: 'edit' stays, and no one uses it.
SELECT 1;

-- A value of an enum can't be taken back: 'too_many_labels' stays, and no one uses it.
SELECT 1;

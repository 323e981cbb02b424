-- A value of an enum can't be taken back: 'other_network' stays, and no one uses it.
SELECT 1;

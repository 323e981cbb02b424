-- Values of an enum can't be taken back: these stay, and no one uses them.
SELECT 1;

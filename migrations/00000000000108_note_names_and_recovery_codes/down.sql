-- Lines of the log can't be taken back: the words stay, and nobody uses them.
SELECT 1;

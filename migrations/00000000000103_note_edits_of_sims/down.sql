-- Lines of the log can't be taken back: the word stays, and nobody uses it.
DROP INDEX audit_events_of_sim;

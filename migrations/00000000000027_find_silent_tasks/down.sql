DROP INDEX tasks_silent;

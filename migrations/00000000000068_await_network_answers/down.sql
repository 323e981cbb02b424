DROP TABLE network_answers;

-- Values of an enum can't be taken back: this one stays, and nobody uses it.
SELECT 1;

DROP TABLE export_downloads;
DROP TABLE export_chunks;
DROP TABLE exports;
DROP TYPE export_state;
DROP TYPE export_format;

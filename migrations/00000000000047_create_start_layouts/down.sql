DROP TABLE start_layouts;

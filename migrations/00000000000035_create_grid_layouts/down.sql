DROP TABLE grid_layouts;
DROP TYPE grid_density;

ALTER TABLE offers
    DROP CONSTRAINT offers_serve_something,
    DROP COLUMN network,
    DROP COLUMN packet_service,
    DROP COLUMN circuit_service;

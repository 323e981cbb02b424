-- The network that carries out what is asked for SIMs on the offer, by the name that the installation gives it, and what
-- the network is to serve.
ALTER TABLE offers
    ADD COLUMN network text NOT NULL DEFAULT 'simulated' CHECK (network ~ '^[a-z0-9][a-z0-9-]{0,39}$'),
    ADD COLUMN packet_service boolean NOT NULL DEFAULT true,
    ADD COLUMN circuit_service boolean NOT NULL DEFAULT true,
    ADD CONSTRAINT offers_serve_something CHECK (packet_service OR circuit_service);

-- A table without a header whose columns were chosen had its first row kept as their names, and a key may stand there.
UPDATE import_drafts SET mapping = (
    SELECT jsonb_agg(CASE WHEN one ->> 'name' ~ '^[0-9A-Fa-f]{8,}$' THEN jsonb_set(one, '{name}', '"without a name"') ELSE one END ORDER BY place)
    FROM jsonb_array_elements(mapping) WITH ORDINALITY AS each (one, place)
)
WHERE mapping::text ~ '"[0-9A-Fa-f]{8,}"';

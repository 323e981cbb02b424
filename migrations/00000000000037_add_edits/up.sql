ALTER TYPE operation_kind ADD VALUE 'edit';

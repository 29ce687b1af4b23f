"""Search of the help centre, in PostgreSQL; SQL stands here and in the migration alone."""

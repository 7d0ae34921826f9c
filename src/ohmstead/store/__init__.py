"""Series and documents, kept in SQLite by default and in PostgreSQL for fleets. Import from the modules."""

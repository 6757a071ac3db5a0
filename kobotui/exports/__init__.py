"""Every bulk read out to files: walks over all records, tables, downloads, backups. No screen."""

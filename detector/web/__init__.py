"""Pages fetched from servers that may be hostile: needs the extra `web`."""

"""The moderation service: scans in killable workers, a store, an API and review pages."""

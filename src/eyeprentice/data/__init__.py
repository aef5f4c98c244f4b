"""A dataset on disk -> packed store -> clips."""

"""Drawn people: who do not exist, painted and pulled by the muscles of their faces."""

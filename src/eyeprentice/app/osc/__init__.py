"""Readings as Open Sound Control over UDP: what is sent under which address, and to whom. It imports only downwards."""

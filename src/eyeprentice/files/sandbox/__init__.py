"""Foreign decoders in a process of their own, so that a hostile file can neither hang, exhaust nor crash ours."""

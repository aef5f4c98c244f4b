"""SEE's folder on disk <-> clips: layout, importing, checks, packed store, splits, augmentation.

It may import `words`, `files`, `sources` and `eye`.
"""

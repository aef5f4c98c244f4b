"""Re-enacted people: portraits on a 3-D face model, driven by the same motion as the drawn ones.

`make` makes a cast: the `face_model` is put on a portrait's `landmarks`, and a `portrait_eye` is kept of each eye.
`folder` is the cast on disk and its people: an eye's picture is taken apart in `layers`; `face` and `eye` move them.
"""

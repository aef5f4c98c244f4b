"""Re-enacted people: portraits on a 3-D face model, driven by the same motion as the drawn ones."""

"""People who do not exist -> a folder like SEE's: faces, motion, cameras, variety.

`plan` says who shows what, `sequence` simulates one planned sequence, and `dataset` writes all of them. They stand on:

- what moves: `expressions` (what an emotion is, in a picture and in time), `motion` (all that happens in a sequence);
- who is seen: `people` opens `drawn` people or those of a `cast` (made from portraits); each gives a `face`, and both
  kinds share `folds` of the skin and the ways of `drawing`;
- who looks: `light`, `camera`; `variety` says how much people, motion, light and cameras differ.

`stream` makes long videos in which one person's emotion changes.

It may import `data` and what that may import.
"""

"""Valence and arousal: how pleasant, and how excited, what is believed of a face would be.

Each emotion is a point (pleasure, arousal), both -1..1. The points are those of Russell and Mehrabian, "Evidence for a
three-factor theory of emotions", Journal of Research in Personality 11, 273-294 (1977): means of people's ratings of
151 terms, here of the terms angry (82), disgusted (75), fearful (101), happy (31), sad (151) and surprised (52). The
paper itself was not at hand: the numbers are from public reproductions of its table, which agree but for fear (two of
them have -0.62 and 0.82). Neutral is no term of that table; it is the middle of both scales.

With probabilities p and points (v, a):

    valence = sum of p·v
    arousal = sum of p·a · (1 + m) / 2       m: the strongest action unit, 0..1, blinks left out

Where no action units are known, arousal is not scaled. That the strength of a face scales arousal is our choice, after
Reisenzein's reading of the plane ("Pleasure-arousal theory and the intensity of emotions", Journal of Personality and
Social Psychology 67, 525-539, 1994), in which an emotion's intensity is its distance from the middle. It was fitted to
nothing. Both numbers say where a face is placed by this formula; nobody's feelings were measured.
"""

from collections.abc import Mapping

from eyeprentice.words.vocabulary import BLINK

POINTS = {
    "angry": (-0.51, 0.59),
    "disgust": (-0.60, 0.35),
    "fear": (-0.64, 0.60),
    "happiness": (0.81, 0.51),
    "neutral": (0.0, 0.0),
    "sadness": (-0.63, -0.27),
    "surprise": (0.40, 0.67),
}
"""Pleasure and arousal of each emotion."""


def valence_of(probabilities: Mapping[str, float]) -> float:
    """-1 unpleasant, 1 pleasant, of probabilities by emotion."""
    return sum(probability * POINTS[emotion][0] for emotion, probability in probabilities.items())


def arousal_of(probabilities: Mapping[str, float], units: Mapping[str, float]) -> float:
    """-1 calm, 1 excited, of probabilities by emotion and intensities by action unit, if there are any."""
    mean = sum(probability * POINTS[emotion][1] for emotion, probability in probabilities.items())
    strongest = max((value for name, value in units.items() if name != BLINK), default=1.0)
    return mean * (1 + strongest) / 2

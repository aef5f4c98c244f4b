"""What everything is called: emotions and lightings, errors, limits, settings, and what is said while work goes on.

It may import nothing of this package.
"""

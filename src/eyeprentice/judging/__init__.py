"""Run + data -> scores and cost: the test protocol, controls, prediction files, scoring, operations and figures.

It may import `learning` and what that may import.
"""

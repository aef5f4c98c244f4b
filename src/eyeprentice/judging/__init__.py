"""Run + data -> scores and cost: the test protocol, controls, scoring, operations, figures and tables.

It may import `learning` and what that may import.
"""

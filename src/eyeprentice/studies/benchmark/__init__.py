"""Many runs on the same data by the same protocol, and one table of them.

`plan`: what is to be run, from a YAML file. `job`: one run, trained and tested. `pool`: processes that do jobs, one for
each device. `run`: the whole of it, and what a folder holds. `table`: what came of it, as JSON, CSV and Markdown.
"""

"""Many runs on the same data by the same protocol, and one table of them.

`plan`: what is to be run, from a YAML file. `note`: what a folder holds. `job`: one run, trained and tested. `pool`:
processes that do jobs, one for each device. `statistics`: intervals over people and seeds. `table`, `picture`: what
came of it, as Markdown, JSON, CSV and as accuracy against cost.
"""

"""Many runs -> one table or one page: the benchmark, the demo and its report.

It may import every room but `app`.
"""

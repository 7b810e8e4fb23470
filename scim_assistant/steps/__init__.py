"""The assistant without a window: what each step needs, looks up, suggests and finds wrong.

Answers and findings go in, changed copies come out; pages in ``ui`` and the walk on the command line show them. What is
written to a tenant goes through ``plan``.
"""

"""The provisioning log and the state of a job, fetched, put in order and explained.

Explanations come from ``resources/codes``. Nothing here changes anything in a tenant.
"""

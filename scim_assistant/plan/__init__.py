"""Answers minus tenant: the ordered changes that are missing, and making them so that nothing is made twice.

``make`` plans, ``apply`` and ``undo`` carry out, ``journal`` keeps what was done on disk, ``resume`` finds out where a
set-up that broke off stands. No other room changes how a tenant is set up.
"""

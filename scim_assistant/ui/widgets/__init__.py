"""The recurring pieces of the window, each built once.

They show data and emit signals; none of them waits for anything.
"""

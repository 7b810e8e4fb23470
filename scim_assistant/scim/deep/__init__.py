"""The deep check: what Entra will send in daily use, tried with one throw-away user and one group, and taken away again.

``wire`` holds Entra's requests, ``run`` sends them and looks at what became of them, ``outcome`` says what follows,
``letter`` tells the vendor. The connection is handed in.
"""

"""Who is asking: signing in to a real tenant. Empty so far; a practice session needs no sign-in."""

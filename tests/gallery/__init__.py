"""Pictures of every page and window in every state that matters."""

"""A plan, its journal, applying, going on and undoing."""

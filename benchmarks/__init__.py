"""How fast and how big the production path is."""

"""Who is who, measured: an invented population of two address books, and how well it is told apart."""

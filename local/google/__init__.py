"""A simulated Google on loopback: OAuth, People and Calendar behind one origin, with pages for a person."""

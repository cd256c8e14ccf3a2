"""A simulated Google on loopback: OAuth, People and Calendar behind one origin, with pages for a person.

It does what Google's discovery documents, reference and guides say, and where those are silent what was seen
at Google itself; `docs/decisions/12-simulated-google.md` says why it is there.
"""

"""How long the database may take."""

CALL_SECONDS = 30.0
"""No call takes longer, a commit neither: the caller gives up then, and the server with it."""

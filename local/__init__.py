"""The whole system on one machine, for developing and testing; nothing of it is deployed."""

import os
import sys
from pathlib import Path

# What is deployed has functions/ as its root, so its packages are imported from there here as well.
_FUNCTIONS = str(Path(__file__).resolve().parent.parent / "functions")
if _FUNCTIONS not in sys.path:
    sys.path.append(_FUNCTIONS)

# gRPC reads it when it is imported; otherwise it remarks on every emulator that ends before its clients do.
os.environ.setdefault("GRPC_VERBOSITY", "ERROR")

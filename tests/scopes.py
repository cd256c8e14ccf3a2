"""Whose data the tests ask for."""

from crmsync.core.scope import Scope

ANN, BOB = Scope.of("ann"), Scope.of("bob")

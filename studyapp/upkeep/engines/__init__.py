"""What differs between the databases that the product runs on, behind one set of verbs."""

from studyapp.upkeep.engines.choice import engine, named
from studyapp.upkeep.engines.engine import Engine, Snapshot

__all__ = ["Engine", "Snapshot", "engine", "named"]

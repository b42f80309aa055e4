"""One roster of units and people: read, compared with what is stored, all or nothing."""

from studyapp.branches.roster.planning import Plan, plan
from studyapp.branches.roster.reading import EXAMPLES, HEAD, LARGEST, Problem, Reading, Row, read

__all__ = ["EXAMPLES", "HEAD", "LARGEST", "Plan", "Problem", "Reading", "Row", "plan", "read"]

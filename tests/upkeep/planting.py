"""How the migration of tests behaves: it leaves half of itself behind when it is told to fail."""

fails_at: list[int] = []
"""Which of the coming runs fail, counted from 1."""
runs: list[int] = []

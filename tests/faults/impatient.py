"""Settings of a test: the product's, but a change waits for its turn for two seconds only."""

from studyapp import env

env.LOCK_SECONDS = 2

from studyapp.settings import *  # noqa: E402, F403

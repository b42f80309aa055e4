"""Settings of a test: the product's, but a change waits for its turn for two seconds only, and a
worker without its server for whoever sends or fetches."""

from studyapp import env
from studyapp.web import lanes

env.LOCK_SECONDS = lanes.LEAVE_SECONDS = 2

from studyapp.settings import *  # noqa: E402, F403

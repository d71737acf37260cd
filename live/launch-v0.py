"""Starts OpenHands' older server, which has the V0 API, on the port that is the only argument.

With RUNTIME=cli its agents run commands in the server's own process. RUNTIME=local is not an option: as root it adds a line
to /etc/sudoers and a user to the system (openhands-ai 0.62.0, init_user_and_working_directory). The V1 part of the server
does not support "cli" and would look for Docker at each status, so it gets another value.
"""

import os
import sys

import uvicorn

os.environ["RUNTIME"] = "cli"

from openhands.app_server.config import get_global_config  # noqa: E402 - after RUNTIME is set
from openhands.server import shared  # noqa: E402, F401 - V0 reads RUNTIME here

os.environ["RUNTIME"] = "process"
get_global_config()
os.environ["RUNTIME"] = "cli"

uvicorn.run("openhands.server.listen:app", host="127.0.0.1", port=int(sys.argv[1]))

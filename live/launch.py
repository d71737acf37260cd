"""Starts OpenHands' app server, with processes as sandboxes, on the port that is the only argument.

Changes four things in its process sandbox (openhands-ai 1.11.0, ProcessSandboxService):

- The server treats a process as running only while the system reports "running". A server that waits for requests is
  "sleeping" (Linux), so no sandbox would ever be ready, and every start would fail with "Sandbox failed to start within
  120s". Here a sleeping process counts as running. A stopped process does not: that is how this sandbox pauses.
- The server looks for a free port from 8000 up, and the sandbox uses it seconds later. If two starts overlap, one would
  reach the sandbox of the other and be refused. Here each sandbox gets a different port: the ports after the server's
  own are reserved for its sandboxes.
- The server allows a sandbox 30 s to start. Several at a time need longer on a busy machine.
- The workspace of a process sandbox is ".", and its agent server accepts only an absolute path for a patch. Here it is the
  sandbox's folder, as in other sandboxes.

With LIVE_KEEP_DELETED or LIVE_LIST_AFTER_SECONDS in its environment, it also hides conversations (`hiding.py`).
"""

import itertools
import os
import socket
import sys
import tempfile

import psutil

PATIENCE_SECONDS = 100
WAITING = {psutil.STATUS_SLEEPING, psutil.STATUS_DISK_SLEEP, psutil.STATUS_IDLE}

status_of_system = psutil.Process.status


def status(process: psutil.Process) -> str:
    found = status_of_system(process)
    return psutil.STATUS_RUNNING if found in WAITING else found


psutil.Process.status = status

import hiding  # noqa: E402 - the server must not be imported before the change above
import uvicorn  # noqa: E402
from openhands.app_server.app_conversation import (  # noqa: E402
    live_status_app_conversation_service as starts,
)
from openhands.app_server.sandbox.process_sandbox_service import (  # noqa: E402
    ProcessSandboxService,
)


def is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


own_port = int(sys.argv[1])
ports = filter(is_free, itertools.count(own_port + 1))


def next_port(service: ProcessSandboxService) -> int:
    return next(ports)


def workspace(base: str, grouping: object, conversation: str) -> str:
    return os.path.join(tempfile.gettempdir(), "openhands-sandboxes", conversation)


starts.grouped_workspace_dir = workspace
ProcessSandboxService._find_unused_port = next_port
ProcessSandboxService._wait_for_server_ready.__defaults__ = (PATIENCE_SECONDS,)

if os.environ.get("LIVE_KEEP_DELETED"):
    hiding.keep_deleted()
if late := os.environ.get("LIVE_LIST_AFTER_SECONDS"):
    hiding.list_after(float(late))

uvicorn.run("openhands.app_server.app:app", host="127.0.0.1", port=own_port)

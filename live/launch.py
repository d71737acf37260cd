"""Starts OpenHands' app server, its sandboxes as processes, on the port that is the only argument.

Two things of its process sandbox (openhands-ai 1.11.0, ProcessSandboxService) are mended on the way:

- It takes a process for running only while the system says "running". A server that waits for requests is "sleeping"
  (Linux), so none would ever be ready, and every start would end in "Sandbox failed to start within 120s". Here a
  sleeping process counts as running; one that was stopped stays stopped, which is how this sandbox pauses.
- It looks for a free port from 8000 up, and the sandbox takes it seconds later. Of two starts within that time one
  would talk to the sandbox of the other and be refused. Here each sandbox gets a port that the system chooses.
"""

import socket
import sys

import psutil

WAITING = {psutil.STATUS_SLEEPING, psutil.STATUS_DISK_SLEEP, psutil.STATUS_IDLE}

status_of_system = psutil.Process.status


def status(process: psutil.Process) -> str:
    found = status_of_system(process)
    return psutil.STATUS_RUNNING if found in WAITING else found


psutil.Process.status = status

import uvicorn  # noqa: E402 - the server must not be imported before the change above
from openhands.app_server.sandbox.process_sandbox_service import (  # noqa: E402
    ProcessSandboxService,
)


def free_port(service: ProcessSandboxService) -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("", 0))
        return probe.getsockname()[1]


ProcessSandboxService._find_unused_port = free_port

uvicorn.run("openhands.app_server.app:app", host="127.0.0.1", port=int(sys.argv[1]))

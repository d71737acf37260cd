"""Starts OpenHands' app server, its sandboxes as processes, on the port that is the only argument.

Three things of its process sandbox (openhands-ai 1.11.0, ProcessSandboxService) are fixed on the way:

- It takes a process for running only while the system says "running". A server that waits for requests is "sleeping"
  (Linux), so none would ever be ready, and every start would end in "Sandbox failed to start within 120s". Here a
  sleeping process counts as running; one that was stopped stays stopped, which is how this sandbox pauses.
- It looks for a free port from 8000 up, and the sandbox takes it seconds later. Of two starts within that time one
  would talk to the sandbox of the other and be refused. Here each sandbox gets a port that no other was given: the
  ports after the server's own are for it alone.
- It gives a sandbox 30 s to come up, which several at a time need on a machine that is busy with something else.
"""

import itertools
import socket
import sys

import psutil

PATIENCE_SECONDS = 100
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


def is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


own_port = int(sys.argv[1])
ports = filter(is_free, itertools.count(own_port + 1))


def next_port(service: ProcessSandboxService) -> int:
    return next(ports)


ProcessSandboxService._find_unused_port = next_port
ProcessSandboxService._wait_for_server_ready.__defaults__ = (PATIENCE_SECONDS,)

uvicorn.run("openhands.app_server.app:app", host="127.0.0.1", port=own_port)

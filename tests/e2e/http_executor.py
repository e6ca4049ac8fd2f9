#!/usr/bin/env python3
"""An executor on Mesos' v1 executor API over HTTP, for tests.

It reports TASK_RUNNING with the task's data, answers "ping ID" with "pong ID", ends
a task as finished on "finish ID" and as killed on KILL, and leaves on SHUTDOWN. It
speaks over the Unix socket that MESOS_DOMAIN_SOCKET names, else over TCP, and
subscribes again where its stream ends. Everything that it saw stands in saw.jsonl.
"""
import base64
import http.client
import json
import os
import socket
import sys
import time
import uuid

FRAMEWORK = {"value": os.environ["MESOS_FRAMEWORK_ID"]}
EXECUTOR = {"value": os.environ["MESOS_EXECUTOR_ID"]}
SOCKET = os.environ.get("MESOS_DOMAIN_SOCKET")
JSON = {"Content-Type": "application/json", "Accept": "application/json"}
PATIENCE = 30

log = open(os.path.join(os.environ["MESOS_SANDBOX"], "saw.jsonl"), "a", buffering=1)
unacknowledged = {}  # updates by uuid
tasks = {}           # by id, until their first update was acknowledged


def saw(**what):
    log.write(json.dumps(what, sort_keys=True) + "\n")


class UnixConnection(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(SOCKET)


def connection():
    if SOCKET:
        return UnixConnection("localhost")
    host, port = os.environ["MESOS_AGENT_ENDPOINT"].rsplit(":", 1)
    return http.client.HTTPConnection(host, int(port))


def call(kind, **parts):
    body = {"type": kind, "framework_id": FRAMEWORK, "executor_id": EXECUTOR, **parts}
    c = connection()
    try:
        c.request("POST", "/api/v1/executor", json.dumps(body), JSON)
        answer = c.getresponse()
        saw(call=kind, status=answer.status, body=answer.read().decode())
    except OSError as error:  # the agent is away: the next subscription repeats it
        saw(call=kind, failed=type(error).__name__)
    c.close()


def update(task_id, state, **extra):
    key = base64.b64encode(uuid.uuid4().bytes).decode()
    status = {"task_id": {"value": task_id}, "state": state, "source": "SOURCE_EXECUTOR", "uuid": key, **extra}
    unacknowledged[key] = {"status": status}
    call("UPDATE", update={"status": status})


def message(text):
    call("MESSAGE", message={"data": base64.b64encode(text.encode()).decode()})


def handle(event):
    kind = event["type"]
    if kind == "LAUNCH":
        task = event["launch"]["task"]
        tasks[task["task_id"]["value"]] = task
        update(task["task_id"]["value"], "TASK_RUNNING", data=task.get("data", ""))
    elif kind == "MESSAGE":
        word, task_id = base64.b64decode(event["message"]["data"]).decode().split(" ", 1)
        if word == "ping":
            message("pong " + task_id)
        elif word == "finish":
            update(task_id, "TASK_FINISHED")
    elif kind == "KILL":
        update(event["kill"]["task_id"]["value"], "TASK_KILLED")
    elif kind == "ACKNOWLEDGED":
        unacknowledged.pop(event["acknowledged"]["uuid"], None)
        tasks.pop(event["acknowledged"]["task_id"]["value"], None)
    elif kind == "SHUTDOWN":
        sys.exit(0)


def events(answer):
    """The records of a stream; each is one chunk."""
    while True:
        digits = b""
        while not digits.endswith(b"\n"):
            byte = answer.read(1)
            if not byte:
                return
            digits += byte
        record = answer.read(int(digits))
        yield json.loads(record)


def subscribe():
    c = connection()
    body = {"type": "SUBSCRIBE", "framework_id": FRAMEWORK, "executor_id": EXECUTOR,
            "subscribe": {"unacknowledged_updates": list(unacknowledged.values()),
                          "unacknowledged_tasks": list(tasks.values())}}
    c.request("POST", "/api/v1/executor", json.dumps(body), JSON)
    answer = c.getresponse()
    saw(subscribe=answer.status, headers={k.lower(): v for k, v in answer.getheaders()})
    if answer.status != 200:
        saw(refusal=answer.read().decode())
        return
    for event in events(answer):
        saw(event=event["type"])
        handle(event)


saw(environment=sorted(k for k in os.environ if k.startswith("MESOS_") or k == "LIBPROCESS_IP"),
    leads_group=os.getpgrp() == os.getpid(), session_of_launcher=os.getsid(0) == os.getppid())
end = time.monotonic() + PATIENCE
while time.monotonic() < end:
    try:
        subscribe()
    except (OSError, http.client.HTTPException) as error:
        saw(stream_failed=type(error).__name__)
    time.sleep(0.05)  # the agent may be starting again
sys.exit(1)

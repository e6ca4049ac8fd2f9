#!/usr/bin/env python3
"""As task_load, but a framework that speaks Mesos' v1 HTTP API with JSON, a request a call.

  http_task_load.py MASTER [--tasks=3000] [--in_flight=50]

  http_task_load.py 127.0.0.1:5050

Launches `true` that many times with 1 cpu each, acknowledges every update, and prints the
tasks a second. Needs nothing but Python 3.
"""
import argparse
import http.client
import json
import time


class Framework:
    def __init__(self, master):
        self.host, port = master.rsplit(":", 1)
        self.port = int(port)
        self.calls = http.client.HTTPConnection(self.host, self.port)
        stream = http.client.HTTPConnection(self.host, self.port)
        info = {"user": "root", "name": "http-task-load", "roles": ["*"], "capabilities": [{"type": "MULTI_ROLE"}]}
        stream.request("POST", "/api/v1/scheduler", json.dumps({"type": "SUBSCRIBE", "subscribe": {"framework_info": info}}),
                       {"Content-Type": "application/json", "Accept": "application/json"})
        self.answer = stream.getresponse()
        if self.answer.status != 200:
            raise SystemExit("SUBSCRIBE: %d %s" % (self.answer.status, self.answer.read().decode()))
        self.headers = {"Content-Type": "application/json", "Mesos-Stream-Id": self.answer.getheader("Mesos-Stream-Id")}
        self.id = self.next_event()["subscribed"]["framework_id"]

    def next_event(self):
        return json.loads(self.answer.read(int(self.answer.readline())))

    def call(self, call):
        call["framework_id"] = self.id
        self.calls.request("POST", "/api/v1/scheduler", json.dumps(call), self.headers)
        answer = self.calls.getresponse()
        body = answer.read()
        if answer.status != 202:
            raise SystemExit("%s: %d %s" % (call["type"], answer.status, body.decode()))


def tasks_of(offer, count, first):
    resources = [{"name": "cpus", "type": "SCALAR", "scalar": {"value": 1}, "allocation_info": {"role": "*"}}]
    return [{"name": "load", "task_id": {"value": "t%d" % i}, "agent_id": offer["agent_id"], "resources": resources,
             "command": {"value": "true"}} for i in range(first, first + count)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("master")
    parser.add_argument("--tasks", type=int, default=3000)
    parser.add_argument("--in_flight", type=int, default=50)
    options = parser.parse_args()
    framework = Framework(options.master)
    launched = ended = failed = 0
    start = time.monotonic()
    while ended < options.tasks:
        event = framework.next_event()
        if event["type"] == "OFFERS":
            for offer in event["offers"]["offers"]:
                cpus = sum(int(r["scalar"]["value"]) for r in offer["resources"] if r["name"] == "cpus")
                count = min(cpus, options.tasks - launched, options.in_flight - (launched - ended))
                launch = {"type": "LAUNCH", "launch": {"task_infos": tasks_of(offer, count, launched)}}
                framework.call({"type": "ACCEPT", "accept": {"offer_ids": [offer["id"]], "filters": {"refuse_seconds": 0},
                                                             "operations": [launch] if count else []}})
                launched += count
        elif event["type"] == "UPDATE":
            status = event["update"]["status"]
            framework.call({"type": "ACKNOWLEDGE", "acknowledge": {k: status[k] for k in ("agent_id", "task_id", "uuid")}})
            if status["state"] not in ("TASK_STARTING", "TASK_RUNNING"):
                ended += 1
                failed += status["state"] != "TASK_FINISHED"
    seconds = time.monotonic() - start
    framework.call({"type": "TEARDOWN"})
    print("%d tasks over HTTP with %d in flight: %.0f tasks/s (%d failed)" % (ended, options.in_flight, ended / seconds, failed))


if __name__ == "__main__":
    main()

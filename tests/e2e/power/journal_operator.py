#!/usr/bin/env python3
"""An operator of one master: asks what it knows, tells it what to remember, and writes down what was asked, answered and found.

  journal_operator.py HOST:PORT JOURNAL

Entries, each safe before what follows from it: `started`, `found-weight N` and `found-agent ID` of a master that has just come back,
`found END` after them, `asks-weight N` and `told-weight N`, `told-agent ID`, `asks-gone ID` and `told-gone ID`.
An agent that another one took the place of, on the same machine, is marked gone.
"""
import json
import os
import re
import sys
import time
import urllib.error
import urllib.request

ROLE = "counted"
address, journal = sys.argv[1:]
output = os.open(journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)


def write(*words):
    os.write(output, (" ".join(words) + "\n").encode())


def call(kind, **body):
    """The master's answer as JSON; None where there is none to read."""
    request = urllib.request.Request(f"http://{address}/api/v1", json.dumps({"type": kind, **body}).encode(),
                                     {"Content-Type": "application/json", "Accept": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read() or "null")


def patiently(kind, **body):
    """As call, again while nobody answers: only a master that is not there yet, or does not lead yet, may do so."""
    while True:
        try:
            return call(kind, **body)
        except urllib.error.HTTPError as error:
            if error.code != 503:
                raise
        except (urllib.error.URLError, ConnectionError):
            pass
        time.sleep(0.05)


def weight():
    told = patiently("GET_WEIGHTS").get("get_weights", {}).get("weight_infos", [])
    return int(next((info["weight"] for info in told if info["role"] == ROLE), 0))


def agents():
    """The ids of those that follow the master, and of those that it waits for."""
    told = patiently("GET_AGENTS").get("get_agents", {})
    here = [agent["agent_info"]["id"]["value"] for agent in told.get("agents", [])]
    return here, [info["id"]["value"] for info in told.get("recovered_agents", [])]


def started_before():
    with open(journal, encoding="utf-8") as file:
        return set(re.findall(r"^told-agent (\S+)$", file.read(), re.M))


known = started_before()
write("started")
count = weight()
write("found-weight", str(count))
here, awaited = agents()
for agent in here + awaited:
    write("found-agent", agent)
write("found", "END")
while True:
    count += 1
    write("asks-weight", str(count))
    patiently("UPDATE_WEIGHTS", update_weights={"weight_infos": [{"role": ROLE, "weight": count}]})
    write("told-weight", str(count))
    here, awaited = agents()
    for agent in set(here) - known:
        write("told-agent", agent)
        known.add(agent)
    for agent in awaited if here else []:
        write("asks-gone", agent)
        patiently("MARK_AGENT_GONE", mark_agent_gone={"agent_id": {"value": agent}})
        write("told-gone", agent)
    time.sleep(0.1)

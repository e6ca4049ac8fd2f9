#!/usr/bin/env python3
"""Runs the examples of docs/http-api.md, as the one shell session that they are, against a real cluster.

  examples_test.py BINARIES DOCUMENT
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

from conformance_test import Cluster

PATIENCE = 60
# What the session must have printed, in this order.
EXPECTED = ("1.12", '"hostname"', '"tasks"', "GET_AGENTS", "GET_CONTAINERS", "GET_METRICS", "202", "202", "202", "202",
            "/stdout", "hello from", "hello from", "READ_FILE", "202", '"master/tasks_finished":1', "# TYPE")


def examples(path):
    with open(path, encoding="utf-8") as file:
        return "\n".join(re.findall(r"^```sh\n(.*?)^```", file.read(), re.S | re.M))


def missing(output):
    """The first expected text that does not come after those before it."""
    position = 0
    for text in EXPECTED:
        found = output.find(text, position)
        if found < 0:
            return text
        position = found + len(text)
    return None


def main():
    binaries, document = sys.argv[1:]
    directory = tempfile.mkdtemp(prefix="mesos-examples-")
    cluster = Cluster(os.path.abspath(binaries), directory)
    script = "set -euo pipefail\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n" + examples(document)
    try:
        run = subprocess.run(["bash", "-c", script], cwd=directory, timeout=PATIENCE, capture_output=True, text=True,
                             env={**os.environ, "MASTER": cluster.master_url, "AGENT": cluster.agent_url}, check=False)
    finally:
        cluster.stop()
    absent = missing(run.stdout)
    if run.returncode == 0 and absent is None:
        shutil.rmtree(directory)
        return 0
    print(run.stdout + run.stderr)
    print("the session ended with %d%s" % (run.returncode, "" if absent is None else "; it did not print " + absent))
    return 1


if __name__ == "__main__":
    sys.exit(main())

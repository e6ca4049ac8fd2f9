#!/usr/bin/env python3
"""Holds this product's HTTP APIs against recordings of Apache Mesos.

  conformance_test.py BINARIES [--out DIR] [SCENARIO ...]

  conformance_test.py build/release/bin
  conformance_test.py build/release/bin --out /tmp/recorded errors

Starts a master and an agent on loopback, one pair for the scenarios of TOGETHER and a
fresh one for each of ALONE, lets `probe` record what they answer, and compares that with
reference/: the shapes by `compare`, and here also the texts of
errors and the updates of each task, in order. Every difference must stand in
differences.txt, and everything there must still differ. --out keeps the recording
and the daemons' logs.
"""
import argparse
import importlib.machinery
import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
REFERENCE = os.path.join(HERE, "reference")
TOGETHER = ("idle", "tasks", "executors", "administration", "errors", "failover")
ALONE = ("partition", "limits")
PATIENCE = 30
MOST_FAULTS = 20  # printed of one exchange
RESOURCES = "cpus:8;mem:4096;disk:8192;ports:[31000-32000]"
ATTRIBUTES = "rack:r1;zone:3"


def await_line(path, pattern, alive):
    """The first group of the pattern's first match in a daemon's output."""
    end = time.monotonic() + PATIENCE
    while True:
        with open(path, encoding="utf-8", errors="replace") as output:
            text = output.read()
        match = re.search(pattern, text)
        if match:
            return match.group(1)
        if not alive() or time.monotonic() > end:
            sys.exit("no line like '%s' in %s:\n%s" % (pattern, path, text))
        time.sleep(0.02)


class Daemon:
    """A process with its output in a file."""

    def __init__(self, log, argv):
        self.log = log
        with open(log, "w", encoding="utf-8") as output:
            self.process = subprocess.Popen(argv, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)

    def await_output(self, pattern):
        return await_line(self.log, pattern, lambda: self.process.poll() is None)

    def stop(self, sign):
        if self.process.poll() is None:
            self.process.send_signal(sign)
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def load_script(name):
    loader = importlib.machinery.SourceFileLoader(name, os.path.join(HERE, name))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


class FreshCluster:
    """A master and an agent for one scenario, with the flags that it asks for, whose agent `record --act` kills and starts again."""

    LISTENING = r"listening on [^ ]*:([0-9]+)"

    def __init__(self, binaries, directory, scenario):
        self.record = load_script("record")
        self.folder = os.path.join(os.path.abspath(directory), "logs", scenario)
        os.makedirs(self.folder)
        wanted = json.loads(subprocess.run([os.path.join(HERE, "probe"), "--flags", scenario], check=True, stdout=subprocess.PIPE).stdout)
        binaries = os.path.abspath(binaries)
        self.state = {"folder": self.folder, "pids": {}, "master": [
            os.path.join(binaries, "mesos-master"), "--ip=127.0.0.1", "--port=0", "--hostname=127.0.0.1",
            "--allocation_interval=100ms", "--work_dir=" + os.path.join(self.folder, "master"), *wanted.get("master", [])]}
        port = self.start("master")
        self.state["agent"] = [
            os.path.join(binaries, "mesos-agent"), "--port=0", "--master=127.0.0.1:" + port, "--ip=127.0.0.1",
            "--hostname=127.0.0.1", "--work_dir=" + os.path.join(self.folder, "agent"),
            "--runtime_dir=" + os.path.join(self.folder, "run"), "--resources=" + RESOURCES, "--attributes=" + ATTRIBUTES,
            "--registration_backoff_factor=20ms", *wanted.get("agent", [])]
        agent_port = self.start("agent")
        self.state["agent"][1] = "--port=" + agent_port  # started again, it is where it was
        self.master_url, self.agent_url = "http://127.0.0.1:" + port, "http://127.0.0.1:" + agent_port
        self.path = os.path.join(self.folder, "state")
        with open(self.path, "w", encoding="utf-8") as file:
            json.dump(self.state, file)
        self.hook = "%s --act %s" % (os.path.join(HERE, "record"), self.path)
        if not self.record.ready(int(port), PATIENCE):
            sys.exit("the agent does not register: see " + self.folder)

    def start(self, which):
        self.record.start(self.state, which)
        return await_line(os.path.join(self.folder, which + ".log"), self.LISTENING, lambda: self.record.alive(self.state["pids"][which]))

    def stop(self):
        for pid in load(self.path)["pids"].values():
            self.record.end(pid)
        self.record.end_within(self.folder)


class Cluster:
    """A master and an agent that is registered."""

    hook = ""

    def __init__(self, binaries, directory):
        log, work = os.path.join(directory, "logs"), os.path.join(directory, "work")
        os.makedirs(log)
        os.makedirs(work)
        listening = r"listening on [^ ]*:([0-9]+)"
        self.daemons = []
        master = self.start(os.path.join(log, "master"), [
            os.path.join(binaries, "mesos-master"), "--ip=127.0.0.1", "--port=0", "--hostname=127.0.0.1",
            "--allocation_interval=100ms", "--work_dir=" + os.path.join(work, "master")])
        port = master.await_output(listening)
        agent = self.start(os.path.join(log, "agent"), [
            os.path.join(binaries, "mesos-agent"), "--master=127.0.0.1:" + port, "--ip=127.0.0.1", "--port=0",
            "--hostname=127.0.0.1", "--work_dir=" + os.path.join(work, "agent"),
            "--runtime_dir=" + os.path.join(work, "run"), "--resources=" + RESOURCES, "--attributes=" + ATTRIBUTES,
            "--registration_backoff_factor=20ms"])
        self.master_url = "http://127.0.0.1:" + port
        self.agent_url = "http://127.0.0.1:" + agent.await_output(listening)
        agent.await_output("([Rr]egistered)")

    def start(self, log, argv):
        self.daemons.append(Daemon(log, argv))
        return self.daemons[-1]

    def stop(self):
        # The agent first, and so that it takes its tasks with it.
        for daemon, sign in zip(reversed(self.daemons), (signal.SIGUSR1, signal.SIGTERM)):
            daemon.stop(sign)


# ---- What compare does not look at

VARIABLE = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22,}(-\w+)?|/[^ ']*/(?=slaves/)|(?<=:)\d{5}\b")


def plain(text):
    """A text without the ids, paths and ports that differ at each run."""
    return VARIABLE.sub("*", text)


def statuses(record):
    """What was told of each task, in order; a status that was sent again counts once."""
    tasks, seen = {}, set()
    for event in record.get("events", []):
        status = event.get("update", {}).get("status") if isinstance(event, dict) else None
        if not status or status.get("uuid", object()) in seen:
            continue
        seen.add(status.get("uuid"))
        words = [status["state"], status.get("source", "-"), status.get("reason", "-")]
        if "healthy" in status:
            words.append("healthy" if status["healthy"] else "unhealthy")
        words += [key for key in ("executor_id", "container_status", "uuid") if key in status]
        tasks.setdefault(status["task_id"]["value"], []).append(
            " ".join(words) + ": " + plain(status.get("message", "")))
    return tasks


def faults_of_texts(reference, ours):
    theirs, got = reference["response"].get("body"), ours["response"].get("body")
    is_error = reference["response"].get("status", 0) >= 300
    if is_error and isinstance(theirs, str) and plain(theirs) != plain(got if isinstance(got, str) else json.dumps(got)):
        yield "body %.200r, not %.200r" % (got, theirs)
    told = statuses(ours)
    for task, wanted in statuses(reference).items():
        if told.get(task) != wanted:
            yield "task %s: told %s, not %s" % (task, told.get(task), wanted)


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


# ---- The verdict

# A client may drop an event that has more than it knows.
CLIENT_STREAMS = ("events", "events-replaced", "executor-saw")


def faults(compare, recorded, scenario, name):
    theirs, mine = (os.path.join(folder, scenario, name + ".json") for folder in (REFERENCE, recorded))
    if not os.path.exists(mine):
        return ["not recorded"]
    reference, ours = load(theirs), load(mine)
    missing, extras = compare.missing(reference, ours, any(word in name for word in compare.LOOSE))
    if name in CLIENT_STREAMS:
        missing += ["has beyond Mesos " + extra for extra in extras]
    return missing + list(faults_of_texts(reference, ours))


class Differences:
    """The lines 'exchange: fault' of differences.txt (* stands for anything, {a b} for either; those after '? ' differ at
    some times only); reasons are indented below."""

    def __init__(self, path):
        self.lines = []
        with open(path, encoding="utf-8") as file:
            for line in file:
                if line.strip() and not line.startswith(("#", " ")):
                    self.lines.append(line.strip())
        self.patterns = [self.pattern(line.removeprefix("? ")) for line in self.lines]
        self.used = set()

    @staticmethod
    def pattern(line):
        text = re.sub(r"\\{(.*?)\\}", lambda m: "(%s)" % m.group(1).replace("\\ ", "|"), re.escape(line))
        return re.compile(text.replace(r"\*", ".*"), re.S)

    def allow(self, exchange, fault):
        fits = [i for i, p in enumerate(self.patterns) if p.fullmatch("%s: %s" % (exchange, fault))]
        self.used.update(fits)
        return bool(fits)

    def unused(self, scenarios):
        # What is said of any scenario may be found in one only.
        judged = tuple(s + "/" for s in scenarios) + (("*",) if set(TOGETHER) <= set(scenarios) else ())
        return [line for i, line in enumerate(self.lines) if i not in self.used and line.startswith(judged)]


def judge(recorded, scenarios):
    differences = Differences(os.path.join(HERE, "differences.txt"))
    compare = load_script("compare")
    total, wrong = 0, 0
    for scenario in scenarios:
        for name in sorted(file[:-len(".json")] for file in os.listdir(os.path.join(REFERENCE, scenario))):
            total += 1
            exchange = scenario + "/" + name
            found = [f for f in faults(compare, recorded, scenario, name) if not differences.allow(exchange, f)]
            if not found:
                continue
            wrong += 1
            print("DIFFERS " + exchange)
            for fault in found[:MOST_FAULTS]:
                print("   - " + fault)
            if len(found) > MOST_FAULTS:
                print("   and %d more" % (len(found) - MOST_FAULTS))
    stale = differences.unused(scenarios)
    for line in stale:
        print("AGREES, but is listed in differences.txt: " + line)
    print("%d of %d exchanges are as in Mesos, or differ as listed" % (total - wrong, total))
    return 1 if wrong or stale else 0


def play(cluster, recorded, scenarios):
    try:
        probe = [sys.executable, os.path.join(HERE, "probe"), cluster.master_url, cluster.agent_url, recorded]
        subprocess.run([*probe, *scenarios], check=False, env={**os.environ, "PROBE_HOOK": cluster.hook})
    finally:
        cluster.stop()


def main():
    sys.dont_write_bytecode = True
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binaries")
    parser.add_argument("scenarios", nargs="*")
    parser.add_argument("--out")
    arguments = parser.parse_intermixed_args()
    scenarios = [s for s in (*TOGETHER, *ALONE) if s in (arguments.scenarios or TOGETHER)]
    directory = arguments.out or tempfile.mkdtemp(prefix="mesos-conformance-")
    os.makedirs(directory, exist_ok=True)
    if os.listdir(directory):
        sys.exit("'%s' is not empty: name a new directory" % directory)
    recorded = os.path.join(directory, "recorded")
    together = [s for s in scenarios if s in TOGETHER]
    if together:
        play(Cluster(arguments.binaries, directory), recorded, together)
    for scenario in scenarios:
        if scenario in ALONE:
            play(FreshCluster(arguments.binaries, directory, scenario), recorded, [scenario])
    verdict = judge(recorded, scenarios)
    if not arguments.out:
        shutil.rmtree(directory)
    return verdict


if __name__ == "__main__":
    sys.exit(main())

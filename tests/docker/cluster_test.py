#!/usr/bin/env python3
"""Builds the images of docker/, runs the demo cluster from them with compose, scales its agents, and kills the leading master.

  cluster_test.py SOURCE BUILD

Exit status 77, with the reason, where this machine can run no Docker daemon.
"""
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

import engine
from engine import eventually, run

SKIPPED = 77
SERVICES = {"zookeeper": 1, "master1": 1, "master2": 1, "master3": 1, "agent": 3, "framework": 1, "leader": 1}
TASKS = 6
SMALL = 200 * 1000 * 1000  # bytes of the image `mesos`
UPDATE = re.compile(r"^(demo-(\d+)) (TASK_\w+)", re.M)
LOSSES = {"TASK_LOST", "TASK_FAILED", "TASK_DROPPED", "TASK_GONE", "TASK_UNKNOWN", "TASK_ERROR", "TASK_UNREACHABLE"}

started = time.monotonic()


def step(text):
    print(f"-- {time.monotonic() - started:5.1f} s  {text}", flush=True)


class Cluster:
    def __init__(self, source):
        self.file = os.path.join(source, "docker", "compose.yaml")
        # Short tasks, so that what goes on is soon seen.
        self.environment = dict(os.environ, COMPOSE_PROJECT_NAME="demo", MESOS_TASK_SECONDS="3")

    def compose(self, *arguments):
        return run("docker-compose", "--no-ansi", "-f", self.file, *arguments, env=self.environment)

    def containers(self):
        """What Docker tells of each container, by service."""
        ids = run("docker", "ps", "--all", "--quiet", "--filter", "label=com.docker.compose.project=demo").split()
        found = {}
        # One may go between the two commands.
        for told in json.loads(run("docker", "inspect", *ids, check=False) or "[]") if ids else []:
            found.setdefault(told["Config"]["Labels"]["com.docker.compose.service"], []).append(told)
        return found

    def container(self, service):
        return self.containers()[service][0]

    def log(self, service):
        done = subprocess.run(["docker", "logs", self.container(service)["Id"]], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=True)
        return done.stdout

    def healthy(self, services):
        """Whether just these run, as many of each, and their health checks pass."""
        found = self.containers()
        return {name: len(all_) for name, all_ in found.items()} == services and all(
            told["State"]["Running"] and told["State"]["Health"]["Status"] == "healthy"
            for all_ in found.values() for told in all_)

    def await_healthy(self, services):
        try:
            eventually(f"healthy: {services}", lambda: self.healthy(services))
        except AssertionError:
            print(run("docker", "ps", "--all"))
            for service in self.containers():
                print(f"---- {service}\n{self.log(service)[-3000:]}")
            raise

    def leader(self):
        """(URL, master's name) that `leader` printed last; None where none leads."""
        lines = re.findall(r"^leader: (.*)$", self.log("leader"), re.M)
        match = re.fullmatch(r"(http://\S+) \((master\d)\)", lines[-1] if lines else "")
        return match.groups() if match else None

    def updates(self):
        """The states of each task as the framework saw them, by the task's number."""
        seen = {}
        for _, number, state in UPDATE.findall(self.log("framework")):
            seen.setdefault(int(number), []).append(state)
        return seen


def get(url):
    """The JSON there; None while nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return json.load(answer)
    except (urllib.error.URLError, OSError, ValueError):
        return None


def summary(url):
    return get(url + "/state-summary") or {"slaves": [], "frameworks": []}


def active_agents(url):
    return sum(agent["active"] for agent in summary(url)["slaves"])


def demo_framework(url):
    """The id of the active framework `demo`; None where there is not just one."""
    found = [f["id"] for f in summary(url)["frameworks"] if f["name"] == "demo" and f["active"]]
    return found[0] if len(found) == 1 else None


def user_of(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return int(re.search(r"^Uid:\s+\d+\s+(\d+)", file.read(), re.M).group(1))


def check_image():
    size = int(run("docker", "image", "inspect", "--format", "{{.Size}}", "mesos"))
    step(f"image mesos: {size / 1e6:.0f} MB")
    assert size < SMALL, f"the image has {size} bytes"
    # mesos-launcher is the agent's own tool; it has no help.
    run("docker", "run", "--rm", "--network", "none", "mesos", "sh", "-ec",
        "for p in mesos-master mesos-agent mesos-execute demo_framework long_lived_framework; do $p --help >/dev/null; done;"
        "for p in /usr/local/bin/* /usr/local/lib/libmesos.so; do ! ldd $p 2>&1 | grep 'not found'; done")


def check_users(cluster):
    """Only agents run as root. A container's first process is docker-init, which has the same user as what it starts."""
    for service, all_ in cluster.containers().items():
        for told in all_:
            is_root = user_of(told["State"]["Pid"]) == 0
            assert is_root == (service == "agent"), f"{service}: root is {is_root}"


def await_new_tasks(cluster, after):
    """Waits until as many tasks as the framework keeps, launched after number `after`, have run to their end."""
    eventually(f"tasks after demo-{after} finish", lambda: sum(
        number > after and states[-1] == "TASK_FINISHED" for number, states in cluster.updates().items()) >= TASKS)


def kill_leader(cluster, services):
    url, name = cluster.leader()
    framework = demo_framework(url)
    assert framework, "no framework `demo` at the leader"
    before = max(cluster.updates())
    killed = time.monotonic()
    os.kill(cluster.container(name)["State"]["Pid"], signal.SIGKILL)

    def next_leader():
        leader = cluster.leader()
        return leader if leader and leader[1] != name and demo_framework(leader[0]) else None

    url, successor = eventually("another master leads and has the framework", next_leader)
    step(f"{successor} leads and has the framework, {time.monotonic() - killed:.1f} s after {name} was killed")
    assert demo_framework(url) == framework, "the framework came back under another id"
    eventually("all agents are back", lambda: active_agents(url) == services["agent"])
    step("all agents are back")
    await_new_tasks(cluster, max(before, max(cluster.updates())))
    step("the framework goes on")
    cluster.await_healthy(services)
    assert cluster.container(name)["RestartCount"] == 1, f"{name} was not started again"
    step(f"{name} is back and healthy")


def run_cluster(cluster):
    cluster.compose("up", "-d")
    cluster.await_healthy(SERVICES)
    url, name = eventually("a leader is printed", cluster.leader)
    step(f"all healthy; {name} leads at {url}")
    check_users(cluster)
    eventually("three agents", lambda: active_agents(url) == SERVICES["agent"])
    await_new_tasks(cluster, -1)
    step("tasks run")

    services = dict(SERVICES, agent=5)
    cluster.compose("up", "-d", "--no-recreate", "--scale", "agent=5")
    cluster.await_healthy(services)
    eventually("five agents", lambda: active_agents(url) == 5)
    step("five agents")

    kill_leader(cluster, services)
    lost = {number: states for number, states in cluster.updates().items() if LOSSES & set(states)}
    assert not lost, f"tasks were lost: {lost}"


def test(source, build):
    with engine.Engine(build):
        step("dockerd is up")
        run(os.path.join(source, "docker", "build-image"), "--offline", build)
        check_image()
        cluster = Cluster(source)
        try:
            run_cluster(cluster)
        finally:
            cluster.compose("down", "--volumes", "--timeout", "2")
        assert not cluster.containers(), "containers are left"
        step("all taken down")


def main(source, build):
    if engine.inside():
        test(source, build)
        return 0
    reason = engine.why_not()
    if reason:
        print(f"SKIPPED: {reason}")
        return SKIPPED
    # The base images need the network, which the test's namespace has not.
    for group in ("run", "zookeeper"):
        packages = run(os.path.join(source, "scripts", "install-dependencies"), "--list", group).split()
        run(os.path.join(source, "docker", "make-base-image"), "--tar", *packages)
    step("base images")
    return engine.enter([sys.executable, *sys.argv])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

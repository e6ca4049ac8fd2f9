#!/usr/bin/env python3
"""What real clients depend on, each fact against a real master and agent over raw connections.

  clients_test.py BINARIES [ClientFacts.test_07_... ...]

docs/compatibility.md lists the facts; a test's number is the fact's.
"""
import base64
import json
import os
import re
import shutil
import socket
import sys
import tempfile
import unittest
import urllib.parse

from conformance_test import Cluster

PATIENCE = 30
JSON = {"Content-Type": "application/json", "Accept": "application/json"}


class Connection:
    """HTTP/1.1 by hand, so that bytes and chunks can be looked at."""

    def __init__(self, url):
        address = urllib.parse.urlparse(url)
        self.socket = socket.create_connection((address.hostname, address.port), PATIENCE)
        self.input = self.socket.makefile("rb")

    def close(self):
        self.socket.close()
        self.input.close()

    def send(self, method, path, body=b"", headers=(), chunked=False):
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode()
        headers = list(headers.items() if isinstance(headers, dict) else headers)
        headers.append(("Transfer-Encoding", "chunked") if chunked else ("Content-Length", str(len(body))))
        head = "".join("%s: %s\r\n" % header for header in [("Host", "localhost"), *headers])
        if chunked:
            half = len(body) // 2
            body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:half], body[half:], b""))
        self.socket.sendall(("%s %s HTTP/1.1\r\n%s\r\n" % (method, path, head)).encode() + body)

    def head(self):
        status = int(self.input.readline().split()[1])
        headers = {}
        while (line := self.input.readline().strip()):
            name, _, value = line.decode().partition(":")
            headers[name.lower()] = value.strip()
        return status, headers

    def chunk(self):
        size = int(self.input.readline(), 16)
        data = self.input.read(size)
        self.input.readline()
        return data

    def answer(self):
        status, headers = self.head()
        if headers.get("transfer-encoding") == "chunked":
            body = b""
            while (data := self.chunk()):
                body += data
        else:
            body = self.input.read(int(headers.get("content-length", 0)))
        return status, headers, body


def ask(url, method, path, body=b"", headers=()):
    connection = Connection(url)
    connection.send(method, path, body, headers)
    try:
        return connection.answer()
    finally:
        connection.close()


def get(url, path):
    status, _, body = ask(url, "GET", path)
    assert status == 200, (path, status, body)
    return json.loads(body)


class Stream:
    """A subscription; each chunk has to be one whole record."""

    def __init__(self, url, path, call, headers=()):
        self.connection = Connection(url)
        self.connection.send("POST", path, call, [*JSON.items(), *dict(headers).items()])
        self.status, self.headers = self.connection.head()
        self.records = []

    def next(self):
        chunk = self.connection.chunk()
        length, _, data = chunk.partition(b"\n")
        assert int(length) == len(data), chunk
        self.records.append(data)
        return json.loads(data)

    def until(self, wanted):
        while not wanted(event := self.next()):
            pass
        return event

    def close(self):
        self.connection.close()


class Framework(Stream):
    """A scheduler that launches what it is told to."""

    def __init__(self, cluster, name, capabilities=("MULTI_ROLE", "RESERVATION_REFINEMENT"), headers=(), **info):
        self.url = cluster.master_url
        info = {"user": "root", "name": name, "capabilities": [{"type": c} for c in capabilities], **info}
        if "MULTI_ROLE" in capabilities:
            info.setdefault("roles", ["facts"])
        call = {"type": "SUBSCRIBE", "subscribe": {"framework_info": info}}
        if info.get("id"):
            call["framework_id"] = info["id"]
        super().__init__(self.url, "/api/v1/scheduler", call, headers)
        self.id = None
        if self.status == 200:
            self.id = self.next()["subscribed"]["framework_id"]

    def call(self, call, stream_id=None):
        stream_id = self.headers["mesos-stream-id"] if stream_id is None else stream_id
        return ask(self.url, "POST", "/api/v1/scheduler", {"framework_id": self.id, **call},
                   {**JSON, "Mesos-Stream-Id": stream_id})

    def offer(self):
        return self.until(lambda e: e["type"] == "OFFERS")["offers"]["offers"][0]

    def launch(self, offer, name, command, extra_resources=(), **extra):
        task = {"name": name, "task_id": {"value": name}, "agent_id": offer["agent_id"], "command": {"value": command},
                "resources": [scalar("cpus", 0.1), scalar("mem", 32), *extra_resources], **extra}
        return self.call({"type": "ACCEPT", "accept": {"offer_ids": [offer["id"]], "operations": [
            {"type": "LAUNCH", "launch": {"task_infos": [task]}}]}})

    def update(self, wanted):
        """The first status for which it holds; all on the way are acknowledged."""
        while True:
            status = self.until(lambda e: e["type"] == "UPDATE")["update"]["status"]
            if "uuid" in status:
                self.call({"type": "ACKNOWLEDGE", "acknowledge": {k: status[k] for k in ("agent_id", "task_id", "uuid")}})
            if wanted(status):
                return status


def scalar(name, value):
    return {"name": name, "type": "SCALAR", "scalar": {"value": value}}


class ClientFacts(unittest.TestCase):
    cluster = None

    def setUp(self):
        self.frameworks = []

    def tearDown(self):
        for framework in self.frameworks:
            if framework.id is not None:
                framework.call({"type": "TEARDOWN"})
            framework.close()

    @property
    def master(self):
        return self.cluster.master_url

    @property
    def agent(self):
        return self.cluster.agent_url

    def framework(self, name="facts", **arguments):
        framework = Framework(self.cluster, name, **arguments)
        self.frameworks.append(framework)
        return framework

    def operator(self, call, path="/api/v1", headers=None):
        return ask(self.master, "POST", path, call, JSON if headers is None else headers)

    # ---- Transport

    def test_01_one_record_a_chunk(self):
        framework = self.framework()
        self.assertEqual(framework.headers["transfer-encoding"], "chunked")
        framework.offer()  # Stream.next has looked at each chunk
        self.assertGreaterEqual(len(framework.records), 3)

    def test_02_a_record_is_one_line_and_its_length_counts_bytes(self):
        watch = Stream(self.master, "/api/v1", {"type": "SUBSCRIBE"})
        self.framework("sch\u00f6n \u732b\nzwei")
        event = watch.until(lambda e: e["type"] == "FRAMEWORK_ADDED")
        self.assertEqual(event["framework_added"]["framework"]["framework_info"]["name"], "sch\u00f6n \u732b\nzwei")
        self.assertFalse([r for r in watch.records if b"\n" in r])
        watch.close()

    def test_03_streams_go_on_after_connection_close(self):
        self.framework(headers={"Connection": "close"}).offer()

    def test_04_content_types_have_no_parameters(self):
        for call, accept in (({"type": "GET_HEALTH"}, "application/json"), ({"type": "GET_HEALTH"}, "application/x-protobuf")):
            _, headers, _ = self.operator(call, headers={"Content-Type": "application/json", "Accept": accept})
            self.assertEqual(headers["content-type"], accept)
        self.assertEqual(ask(self.master, "GET", "/state")[1]["content-type"], "application/json")
        self.assertEqual(self.framework().headers["content-type"], "application/json")
        status, _, _ = self.operator({"type": "GET_HEALTH"}, headers={"Content-Type": "application/json;charset=UTF-8"})
        self.assertEqual(status, 415)

    def test_05_chunked_requests_header_case_and_kept_connections(self):
        connection = Connection(self.master)
        for _ in range(2):
            connection.send("POST", "/api/v1", {"type": "GET_HEALTH"}, {"CONTENT-type": "application/json", "aCCept": "application/json"},
                            chunked=True)
            status, _, body = connection.answer()
            self.assertEqual((status, json.loads(body)["get_health"]), (200, {"healthy": True}))
        connection.close()

    def test_06_json_without_accept_and_the_last_accept_counts(self):
        protobuf, plain = ("Accept", "application/x-protobuf"), ("Accept", "application/json")
        for accepts, wanted in (([], "json"), ([("Accept", "*/*")], "json"), ([protobuf], "x-protobuf"),
                                ([("Accept", "application/x-protobuf, application/json")], "json"),
                                ([protobuf, plain], "json"), ([plain, protobuf], "x-protobuf")):
            _, headers, _ = self.operator({"type": "GET_HEALTH"}, headers=[("Content-Type", "application/json"), *accepts])
            self.assertEqual(headers["content-type"], "application/" + wanted, accepts)

    def test_07_credentials_are_ignored(self):
        for credentials in ("Basic Og==", "Basic dXNlcjpwYXNz", "Bearer x"):
            status, _, _ = ask(self.master, "GET", "/slaves", b"", {"Authorization": credentials})
            self.assertEqual(status, 200)
            self.assertEqual(self.framework(headers={"Authorization": credentials}).status, 200)

    # ---- JSON

    def test_cve_2018_8023_an_executors_token_is_never_compared(self):
        """In Mesos the time that a comparison took told of the secret. Here every token is passed over alike."""
        call = json.dumps({"type": "SUBSCRIBE", "framework_id": {"value": "f"}, "executor_id": {"value": "e"}, "subscribe": {}})
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        without = ask(self.agent, "POST", "/api/v1/executor", call.encode(), headers)
        self.assertEqual(without[0], 400)
        for token in ("Bearer", "Bearer x", "Bearer e30.e30.", "Bearer " + "a" * 4096, "Basic Og=="):
            answer = ask(self.agent, "POST", "/api/v1/executor", call.encode(), {**headers, "Authorization": token})
            self.assertEqual((answer[0], answer[2]), (without[0], without[2]))

    def test_08_numbers_enums_bytes_and_names(self):
        _, _, body = self.operator({"type": "GET_AGENTS"})
        agent = json.loads(body)["get_agents"]["agents"][0]
        self.assertIsInstance(agent["registered_time"]["nanoseconds"], int)
        self.assertEqual(agent["agent_info"]["resources"][0]["type"], "SCALAR")
        framework = self.framework()
        framework.launch(framework.offer(), "numbers", "true")
        self.assertEqual(len(base64.b64decode(framework.update(lambda s: True)["uuid"], validate=True)), 16)

    def test_10_null_exponents_strings_space_and_unknown_names(self):
        call = """ {"type":"SUBSCRIBE", "framework_id": null, "surprise": {"a": [1]},\r\n\t"subscribe": {"framework_info": {
            "user": "", "name": "odd", "id": null, "failover_timeout": 3.6e+06, "checkpoint": "true", "roles": ["facts"],
            "principal": null, "capabilities": [{"type": "MULTI_ROLE"}, {"type": "OF_ANOTHER_AGE"}]}}}\n"""
        stream = Stream(self.master, "/api/v1/scheduler", call)
        self.assertEqual(stream.status, 200)
        framework_id = stream.next()["subscribed"]["framework_id"]
        known = [f for f in get(self.master, "/frameworks")["frameworks"] if f["id"] == framework_id["value"]][0]
        self.assertEqual(known["failover_timeout"], 3600000)
        status, _, _ = ask(self.master, "POST", "/api/v1/scheduler", {"type": "TEARDOWN", "framework_id": framework_id},
                           {**JSON, "Mesos-Stream-Id": stream.headers["mesos-stream-id"]})
        self.assertEqual(status, 202)
        stream.close()

    # ---- Scheduler API

    def test_11_the_stream_id_must_match(self):
        framework = self.framework()
        self.assertEqual(framework.call({"type": "REVIVE"})[0], 202)
        self.assertEqual(framework.call({"type": "REVIVE"}, stream_id="another")[0], 400)
        self.assertEqual(framework.call({"type": "REVIVE"}, stream_id="")[0], 400)
        self.assertEqual(self.framework(headers={"Mesos-Stream-Id": "mine"}).status, 400)

    def test_12_calls_are_accepted_with_an_empty_body_or_refused_at_once(self):
        framework = self.framework()
        status, _, body = framework.call({"type": "SUPPRESS"})
        self.assertEqual((status, body), (202, b""))
        self.assertEqual(framework.call({"type": "REVIVE", "framework_id": {"value": "nobody"}})[0], 400)
        self.assertEqual(framework.call({"type": "REVIVE", "framework_id": None}, stream_id="")[0], 400)

    def test_13_subscribed_then_a_heartbeat(self):
        framework = self.framework()
        self.assertEqual(json.loads(framework.records[0])["subscribed"]["heartbeat_interval_seconds"], 15)
        self.assertEqual(framework.next()["type"], "HEARTBEAT")

    def test_14_offers_name_the_agent_and_fit_old_frameworks(self):
        offer = self.framework().offer()
        self.assertEqual(offer["hostname"], "127.0.0.1")
        port = urllib.parse.urlparse(self.agent).port
        self.assertEqual(offer["url"]["address"], {"hostname": "127.0.0.1", "ip": "127.0.0.1", "port": port})
        self.assertEqual(offer["allocation_info"], {"role": "facts"})
        self.tearDown()
        self.frameworks = []
        offer = self.framework(capabilities=()).offer()
        self.assertNotIn("allocation_info", offer)
        for resource in offer["resources"]:
            self.assertNotIn("allocation_info", resource)
            self.assertEqual(resource["role"], "*")

    def test_15_empty_and_stale_declines_and_scalars_of_zero(self):
        framework = self.framework()
        offer = framework.offer()
        for ids in ([], [{"value": "stale"}]):
            self.assertEqual(framework.call({"type": "DECLINE", "decline": {"offer_ids": ids}})[0], 202)
        framework.launch(offer, "no-gpus", "true", extra_resources=[scalar("gpus", 0.0)])
        self.assertEqual(framework.update(lambda s: s["state"] != "TASK_STARTING")["state"], "TASK_RUNNING")

    def test_16_what_was_declined_comes_again(self):
        framework = self.framework()
        framework.call({"type": "DECLINE", "decline": {"offer_ids": [framework.offer()["id"]]}})
        framework.offer()  # after the five seconds that are the default

    def test_17_a_framework_comes_back_with_its_id_in_both_places(self):
        framework = self.framework(failover_timeout=60)
        framework.close()
        again = self.framework(failover_timeout=60, id=framework.id)
        self.assertEqual(again.id, framework.id)
        framework.id = None  # the second one tears it down

    def test_18_a_second_update_of_a_state_replaces_the_first(self):
        framework = self.framework()
        framework.launch(framework.offer(), "well", "sleep 1000", health_check={
            "type": "COMMAND", "command": {"value": "true"}, "delay_seconds": 0})
        framework.update(lambda s: s.get("healthy"))
        task = get(self.master, "/tasks?task_id=well")["tasks"][0]
        self.assertEqual([s["state"] for s in task["statuses"]], ["TASK_STARTING", "TASK_RUNNING"])
        self.assertTrue(task["statuses"][1]["healthy"])

    def test_19_running_tells_of_its_container(self):
        framework = self.framework()
        framework.launch(framework.offer(), "contained", "sleep 1000")
        status = framework.update(lambda s: s["state"] == "TASK_RUNNING")["container_status"]
        self.assertTrue(status["container_id"]["value"])
        self.assertEqual(status["network_infos"][0]["ip_addresses"][0]["ip_address"], "127.0.0.1")
        known = get(self.master, "/tasks?task_id=contained")["tasks"][0]
        self.assertEqual(known["statuses"][-1]["container_status"]["container_id"], status["container_id"])

    # ---- Operator and classic endpoints

    def test_23_the_longest_prefix_answers_and_post_too(self):
        self.assertEqual(self.operator({"type": "GET_HEALTH"}, path="/api/v1/operator")[0], 200)
        agent_id = get(self.master, "/slaves")["slaves"][0]["id"]
        for path in ("/slaves/" + agent_id, "/tasks/", "/master/frameworks/"):
            self.assertEqual(ask(self.master, "GET", path)[0], 200, path)
        for path in ("/slaves", "/tasks"):
            self.assertEqual(ask(self.master, "POST", path)[0], 200, path)

    def test_24_operators_see_the_state_and_then_what_happens(self):
        watch = Stream(self.master, "/api/v1", {"type": "SUBSCRIBE"})
        self.assertTrue(watch.next()["subscribed"]["get_state"]["get_agents"]["agents"])
        framework = self.framework()
        framework.launch(framework.offer(), "watched", "true")
        framework.update(lambda s: s["state"] == "TASK_FINISHED")
        framework.call({"type": "TEARDOWN"})
        framework.id = None
        seen = [json.loads(record)["type"] for record in watch.records]
        while "FRAMEWORK_REMOVED" not in seen:
            seen.append(watch.next()["type"])
        order = [kind for i, kind in enumerate(seen) if kind not in seen[:i] and kind not in ("SUBSCRIBED", "HEARTBEAT")]
        self.assertEqual(order, ["FRAMEWORK_ADDED", "TASK_ADDED", "TASK_UPDATED", "FRAMEWORK_REMOVED"])
        watch.close()

    def test_26_old_prefixes_jsonp_and_no_limit(self):
        for url, path in ((self.master, "/master/state"), (self.agent, "/slave(1)/state"), (self.master, "/tasks?limit=-1")):
            self.assertEqual(ask(url, "GET", path)[0], 200, path)
        _, headers, body = ask(self.master, "GET", "/state-summary?jsonp=hello")
        self.assertEqual(headers["content-type"], "text/javascript")
        self.assertTrue(body.startswith(b"hello(") and body.endswith(b");"), body)

    def test_27_pids_leader_and_ports(self):
        framework = self.framework()
        state = get(self.master, "/state")
        known = [f for f in state["frameworks"] if f["id"] == framework.id["value"]][0]
        self.assertNotIn("pid", known)
        self.assertEqual(state["leader"], "master@" + self.master[len("http://"):])
        self.assertEqual(state["slaves"][0]["pid"], "slave(1)@" + self.agent[len("http://"):])
        self.assertEqual(state["slaves"][0]["resources"]["ports"], "[31000-32000]")

    def test_28_tools_find_the_sandbox(self):
        framework = self.framework()
        framework.launch(framework.offer(), "found", "echo here; sleep 1000")
        framework.update(lambda s: s["state"] == "TASK_RUNNING")
        state = get(self.agent, "/state")
        executor = [e for f in state["frameworks"] for e in f["executors"] if e["id"] == "found"][0]
        path = "%s/slaves/%s/frameworks/%s/executors/found/runs/%s" % (
            state["flags"]["work_dir"], state["id"], framework.id["value"], executor["container"])
        self.assertEqual(executor["directory"], path)
        self.assertIn("stdout", [os.path.basename(f["path"]) for f in get(self.agent, "/files/browse?path=" + urllib.parse.quote(path))])

    def test_29_the_version_is_that_of_the_api_and_numeric(self):
        state = get(self.master, "/state")
        framework = self.framework()
        versions = {get(self.master, "/version")["version"], get(self.agent, "/version")["version"], state["version"],
                    state["slaves"][0]["version"], get(self.agent, "/state")["version"],
                    json.loads(framework.records[0])["subscribed"]["master_info"]["version"]}
        self.assertEqual(len(versions), 1, versions)
        self.assertTrue(re.fullmatch(r"\d+\.\d+\.\d+", versions.pop()))


def main():
    directory = tempfile.mkdtemp(prefix="mesos-clients-")
    ClientFacts.cluster = Cluster(os.path.abspath(sys.argv.pop(1)), directory)
    try:
        result = unittest.main(exit=False).result
    finally:
        ClientFacts.cluster.stop()
    shutil.rmtree(directory)
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Writes the seeds of master_wire_fuzzer and agent_wire_fuzzer into corpus/, from messages in their text form.

  tests/fuzz/wire_seeds.py        # needs protoc

Each event of a seed is (kind, message type, text), or (kind,) where there is no message; kinds are told at the top of
the fuzzers.
"""

import os
import struct
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
PROTO = os.path.join(HERE, "../../proto")

FILES = {
    "mesos.internal.AgentMessage": "internal/agent_link.proto",
    "mesos.internal.MasterMessage": "internal/agent_link.proto",
    "mesos.v1.Task": "mesos/v1/mesos.proto",
    "mesos.v1.scheduler.Call": "mesos/v1/scheduler/scheduler.proto",
    "mesos.v1.executor.Call": "mesos/v1/executor/executor.proto",
    "mesos.v1.master.Call": "mesos/v1/master/master.proto",
}


def encode(kind, text):
    command = ["protoc", "-I", PROTO, f"--encode={kind}", FILES[kind]]
    return subprocess.run(command, input=text.encode(), stdout=subprocess.PIPE, check=True).stdout


def varint(number):
    out = b""
    while number > 0x7F:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


def delimited(field, payload):
    return varint(field << 3 | 2) + varint(len(payload)) + payload


def write(folder, name, events):
    data = b""
    for event in events:
        payload = event[1] if len(event) == 2 else encode(*event[1:]) if len(event) == 3 else b""
        data += struct.pack("<BH", event[0], len(payload)) + payload
    directory = os.path.join(HERE, "corpus", folder)
    os.makedirs(directory, exist_ok=True)
    with open(os.path.join(directory, name), "wb") as file:
        file.write(data)


def ports(begin, end, role="r"):
    allocation = f"allocation_info {{ role: '{role}' }}" if role else ""
    return f"resources {{ name: 'ports' type: RANGES ranges {{ range {{ begin: {begin} end: {end} }} }} {allocation} }}"


INFO = ("hostname: 'h' resources { name: 'cpus' type: SCALAR scalar { value: 8 } } "
        "resources { name: 'mem' type: SCALAR scalar { value: 4096 } } " + ports(31000, 31009, ""))
FRAMEWORK = "frameworks { user: 'u' name: 'n' roles: 'r' id { value: 'm1-0000' } capabilities { type: MULTI_ROLE } } "


def task(task_id, agent, rest, state="TASK_RUNNING"):
    return (f"name: 't' task_id {{ value: '{task_id}' }} framework_id {{ value: 'm1-0000' }} "
            f"agent_id {{ value: '{agent}' }} state: {state} {rest} ")


def back(agent, rest):
    return (f"reregister_agent {{ version: '1' info {{ id {{ value: '{agent}' }} {INFO} }} {FRAMEWORK} {rest} }}")


def update(task_id, state, agent="m1-S0", uuid="0123456789abcdef"):
    return ("mesos.internal.AgentMessage",
            f"status_update {{ framework_id {{ value: 'm1-0000' }} latest_state: {state} status {{ "
            f"task_id {{ value: '{task_id}' }} agent_id {{ value: '{agent}' }} state: {state} uuid: '{uuid}' }} }}")


def scheduler(kind, rest):
    return ("mesos.v1.scheduler.Call", f"type: {kind} framework_id {{ value: 'm1-0000' }} {rest}")


def acknowledge(task_id, uuid="0123456789abcdef", agent="m1-S0"):
    return scheduler("ACKNOWLEDGE", f"acknowledge {{ agent_id {{ value: '{agent}' }} "
                     f"task_id {{ value: '{task_id}' }} uuid: '{uuid}' }}")


def agent_message(text):
    return ("mesos.internal.AgentMessage", text)


def wrong_wire_type(field):
    """A registration of x-S9 with a task whose known field comes once more with the wrong wire type."""
    hostile = encode("mesos.v1.Task", task("t2", "x-S9", ports(31001, 31001)))
    hostile += varint(field << 3) + varint(1) if field != 6 else delimited(6, b"x" * 300)
    inner = encode("mesos.internal.AgentMessage", back("x-S9", ""))
    # AgentMessage holds one field, reregister_agent, whose tasks have number TASKS.
    tag, position = inner[0], 1
    assert tag & 7 == 2
    length = shift = 0
    while True:
        byte = inner[position]
        length |= (byte & 0x7F) << shift
        shift += 7
        position += 1
        if byte < 0x80:
            break
    body = inner[position:position + length] + delimited(TASKS, hostile)
    return delimited(tag >> 3, body)


def field_number(message, field):
    """Of `message` in agent_link.proto."""
    inside = False
    with open(os.path.join(PROTO, "internal/agent_link.proto"), encoding="utf-8") as file:
        for line in file:
            inside = inside or line.startswith(f"message {message} ")
            words = line.split()
            if inside and field in words:
                return int(words[words.index("=") + 1].rstrip(";"))
    raise ValueError(field)


TASKS = field_number("ReregisterAgent", "tasks")


def master_seeds():
    for field in (2, 6, 8, 10):
        write("master_wire", f"wrong_wire_type_{field}",
              [(3, wrong_wire_type(field)), (3, *update("t2", "TASK_STARTING", "x-S9")),
               (3, *update("t2", "TASK_RUNNING", "x-S9", "fedcba9876543210")), (9,)])
    write("master_wire", "one_port_twice",
          [(3, *agent_message(back("x-S9", f"tasks {{ {task('a', 'x-S9', ports(31001, 31001))} }} "
                                   f"tasks {{ {task('b', 'x-S9', ports(31001, 31001))} }}")))])
    write("master_wire", "one_port_of_two_agents",
          [(3, *agent_message(back("x-S9", f"tasks {{ {task('a', 'x-S9', ports(31000, 31000))} }}"))),
           (2, *update("t1", "TASK_FINISHED")), (0, *acknowledge("t1")),
           (3, *update("a", "TASK_FINISHED", "x-S9")), (0, *acknowledge("a", agent="x-S9"))])
    write("master_wire", "returns_with_more",
          [(6,), (3, *agent_message(back("m1-S0", f"tasks {{ {task('t1', 'm1-S0', ports(31000, 31000))} }} "
                                         f"tasks {{ {task('a', 'm1-S0', ports(31000, 31001))} }}"))),
           (3, *agent_message(back("m1-S0", f"tasks {{ {task('a', 'm1-S0', ports(31001, 31001))} }} executors {{ "
                                   "executor_id { value: 'e' } framework_id { value: 'm1-0000' } command { value: 'x' } "
                                   f"{ports(31002, 31002)} }}"))), (9,)])
    write("master_wire", "elsewhere",
          [(3, *agent_message(f"register_agent {{ version: '1' info {{ {INFO} }} }}")),
           (3, *update("t1", "TASK_FAILED")), (2, *update("t1", "TASK_UNREACHABLE")),
           (2, *update("t1", "TASK_RUNNING")), (0, *acknowledge("t1"))])
    write("master_wire", "goes_and_returns_elsewhere",
          [(6,), (9,), (9,), (9,), (9,), (9,),
           (3, *agent_message(back("m1-S0", f"tasks {{ {task('t1', 'm1-S0', ports(31000, 31000), 'TASK_GONE')} }}")))])
    write("master_wire", "scheduler",
          [(0, *scheduler("RECONCILE", "reconcile { }")), (0, *scheduler("REVIVE", "")),
           (0, *scheduler("KILL", "kill { task_id { value: 't1' } }")),
           (0, *scheduler("DECLINE", "decline { offer_ids { value: 'm1-O1' } filters { refuse_seconds: 1 } }")),
           (1, "mesos.v1.scheduler.Call", "type: SUBSCRIBE framework_id { value: 'm1-0000' } subscribe { framework_info "
            "{ user: 'u' name: 'n' roles: 'r' id { value: 'm1-0000' } capabilities { type: MULTI_ROLE } } }"),
           (1, *scheduler("TEARDOWN", ""))])
    write("master_wire", "operator",
          [(4, "mesos.v1.master.Call", "type: GET_STATE"),
           (4, "mesos.v1.master.Call", "type: MARK_AGENT_GONE mark_agent_gone { agent_id { value: 'm1-S0' } }"),
           (4, "mesos.v1.master.Call", "type: GET_TASKS")])


def executor(kind, rest):
    return ("mesos.v1.executor.Call", f"type: {kind} executor_id {{ value: 'e1' }} "
            f"framework_id {{ value: 'framework-1' }} {rest}")


def executor_update(task_id, state, uuid="0123456789abcdef"):
    return executor("UPDATE", f"update {{ status {{ task_id {{ value: '{task_id}' }} state: {state} "
                    f"source: SOURCE_EXECUTOR uuid: '{uuid}' }} }}")


def master(text):
    return ("mesos.internal.MasterMessage", text)


def agent_acknowledge(task_id, uuid="0123456789abcdef"):
    return master(f"acknowledge {{ framework_id {{ value: 'framework-1' }} task_id {{ value: '{task_id}' }} "
                  f"uuid: '{uuid}' }}")


def agent_seeds():
    write("agent_wire", "updates",
          [(1, *executor_update("t1", "TASK_RUNNING")), (0, *agent_acknowledge("t1")),
           (1, *executor_update("t1", "TASK_FINISHED", "fedcba9876543210")),
           (0, *agent_acknowledge("t1", "fedcba9876543210")), (9,), (7,)])
    write("agent_wire", "states_of_a_master",
          [(3, *executor_update("t1", "TASK_UNREACHABLE")), (3, *executor_update("t1", "TASK_UNKNOWN")),
           (3, *executor_update("t1", "TASK_GONE_BY_OPERATOR")), (10,), (7,)])
    unknown = encode(*executor_update("t1", "TASK_RUNNING")) + varint(60_000 << 3) + varint(1)
    write("agent_wire", "unknown_fields", [(1, unknown), (0, *agent_acknowledge("t1")), (10,)])
    write("agent_wire", "subscribes_again",
          [(4,), (2, *executor("SUBSCRIBE", "subscribe { unacknowledged_tasks { name: 't' task_id { value: 't1' } "
                               "agent_id { value: 'master-S0' } } unacknowledged_updates { status { task_id { value: "
                               "'t2' } state: TASK_FAILED source: SOURCE_EXECUTOR uuid: '0123456789abcdef' } } }")),
           (2, *executor("MESSAGE", "message { data: 'x' }")), (5,), (7,)])
    write("agent_wire", "master",
          [(0, *master("kill_task { framework_id { value: 'framework-1' } task_id { value: 't3' } }")),
           (0, *master("ping { sequence: 1 }")),
           (0, *master("run_tasks { framework { user: 'u' name: 'n' id { value: 'framework-2' } } tasks { name: 't' "
                       "task_id { value: 't4' } agent_id { value: 'master-S0' } command { value: 'x' } } }")),
           (8,), (0, *master("shutdown_executor { framework_id { value: 'framework-1' } executor_id { value: 'e1' } }")),
           (0, *master("shutdown_framework { framework_id { value: 'framework-1' } }")), (9,), (6,)])
    write("agent_wire", "restart", [(10,), (0, *master("reregistered { agent_id { value: 'other' } master { id: 'm' "
                                                        "ip: 1 port: 2 } ping_timeout_milliseconds: 1 }")), (7,), (9,)])


if __name__ == "__main__":
    master_seeds()
    agent_seeds()

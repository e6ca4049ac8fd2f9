#!/usr/bin/env python3
"""Holds the tree against the rules of docs/style.md that a program can check.

  tidy.py [ROOT]      checks the tree (default: the one this file is in); exit status 1 where a rule is broken
  tidy.py --selftest  checks that each rule catches a file that breaks it

Every finding is one line: path:line: rule: what is wrong.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

MAX_FILE_LINES = 600
MAX_FUNCTION_LINES = 70
MAX_PROSE_COLUMNS = 120
CODE = (".cc", ".h")
ROOTS = ("src", "include", "examples", "tests", "bench")
CORE = re.compile(r"^src/(\w+/core|master/(allocator|validation)|agent/status_updates|scheduler_driver/core|executor_driver/core)/")
FORBIDDEN_IN_CORE = re.compile(
    r"std::chrono|absl::Now\(|\brand\(|std::random_device|\bgetenv\(|std::thread|std::mutex|<thread>|<chrono>|grpcpp|boost/asio")
SLEEP = re.compile(r"\b(sleep_for|sleep_until|usleep|absl::SleepFor|nanosleep)\s*\(|\bsleep\(\d")
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
TEXT = CODE + (".py", ".md", ".cmake", ".txt", ".proto", ".sh", ".json", "")
MACHINE_PATH = re.compile(r"(?<![\w.])/(wor[k]|farm|root)/")


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def files_of(root):
    listed = subprocess.run(["git", "-C", root, "ls-files", "-co", "--exclude-standard"], capture_output=True, text=True)
    names = listed.stdout.split("\n") if listed.returncode == 0 else [
        os.path.relpath(os.path.join(d, f), root) for d, _, fs in os.walk(root) for f in fs]
    return sorted(n for n in names if n and os.path.isfile(os.path.join(root, n)))


def load_layers(root):
    layers = []
    for line in read(os.path.join(root, "tests/tidy/layers.txt")).splitlines():
        if line.strip() and not line.startswith("#"):
            folder, _, allowed = line.partition(":")
            layers.append((folder.strip(), allowed.split()))
    return layers


def layer_of(folder):
    """The folder that is a layer: the rooms of a core (master/core/agents) are one with it."""
    return re.sub(r"^(\w+/core)/.*", r"\1", folder)


def check_layers(name, text, layers):
    folder = layer_of(os.path.dirname(name)[len("src/"):])
    allowed = dict(layers).get(folder)
    if allowed is None:
        yield 1, "layers", f"folder {folder} is not in tests/tidy/layers.txt"
        return
    order = [f for f, _ in layers]
    for number, line in enumerate(text.splitlines(), 1):
        match = re.match(r'#include "((?:common|master|agent|scheduler_driver|executor_driver|cli)/[^"]*)"', line)
        if not match:
            continue
        target = layer_of(os.path.dirname(match.group(1)))
        if target == folder:
            continue
        fine = any(target == a or (a.endswith("/*") and target.startswith(a[:-1])) for a in allowed)
        if not fine:
            yield number, "layers", f"{folder} may not include {target}"
        elif target in order and order.index(target) > order.index(folder):
            yield number, "layers", f"{target} stands below {folder} in layers.txt"


def function_lengths(text):
    """Yields (first line, lines) of each outermost function body, found by its brace at the end of a line."""
    depth, start, kind = 0, 0, []
    clean = re.sub(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|//[^\n]*', lambda m: " " * len(m.group()), text)
    clean = re.sub(r"/\*.*?\*/", lambda m: re.sub(r"[^\n]", " ", m.group()), clean, flags=re.S)
    header = ""
    line = 1
    for char in clean:
        if char == "\n":
            line += 1
        if char == "{":
            scope = bool(re.search(r"\b(namespace|class|struct|enum|union|extern)\b[^()]*$", header)) or (
                bool(re.search(r"\b(class|struct)\b", header)) and ")" not in header)
            kind.append("scope" if scope else "body")
            if not scope and kind.count("body") == 1:
                start = line
            header = ""
        elif char == "}":
            if kind:
                if kind.pop() == "body" and "body" not in kind:
                    yield start, line - start + 1
            header = ""
        elif char == ";":
            header = ""
        else:
            header += char


def check_code(name, text, layers):
    lines = text.count("\n") + 1
    if lines > MAX_FILE_LINES:
        yield 1, "size", f"{lines} lines; a file stays under {MAX_FILE_LINES}"
    for start, length in function_lengths(text):
        if length > MAX_FUNCTION_LINES:
            yield start, "size", f"a function of {length} lines; it stays under {MAX_FUNCTION_LINES}"
    if name.endswith(".h"):
        if "#pragma once" not in text:
            yield 1, "header", "no #pragma once"
        if not re.search(r"#pragma once\n\n//|\A//", text):
            yield 1, "header", "does not open with its purpose"
    for number, line in enumerate(text.splitlines(), 1):
        if CORE.match(name) and FORBIDDEN_IN_CORE.search(line):
            yield number, "purity", "the core may not name " + FORBIDDEN_IN_CORE.search(line).group()
        if SLEEP.search(line):
            yield number, "sleep", "waits for a time; wait for a condition with a deadline"
    if name.startswith("src/") and os.path.dirname(name) != "src":
        yield from check_layers(name, text, layers)


def check_prose(text):
    """Lines of Markdown that are neither in a table, nor code, nor a heading."""
    fenced = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif not fenced and len(line) > MAX_PROSE_COLUMNS and not line.startswith(("|", "#", "    ")):
            yield number, "prose", f"{len(line)} columns; a line of prose stays within {MAX_PROSE_COLUMNS}"


def check_text(name, text):
    if name.endswith(".md"):
        yield from check_prose(text)
    for number, line in enumerate(text.splitlines(), 1):
        if UNFINISHED.search(line):
            yield number, "unfinished", UNFINISHED.search(line).group()
        if MACHINE_PATH.search(line):
            yield number, "machine path", line.strip()[:80]


def check_readmes(root, names):
    folders = sorted({"src/" + layer_of(os.path.dirname(n)[len("src/"):]) for n in names if n.startswith("src/") and n.endswith(CODE)})
    for folder in folders:
        if not os.path.isfile(os.path.join(root, folder, "README.md")):
            yield f"{folder}/README.md", 1, "readme", "every folder under src/ has one"


def check_format(root, names):
    tool = shutil.which("clang-format")
    code = [n for n in names if n.endswith(CODE) and n.startswith(ROOTS)]
    if not tool or not code:
        return
    run = subprocess.run([tool, "--dry-run", *code], cwd=root, capture_output=True, text=True)
    seen = set()
    for line in run.stderr.splitlines():
        match = re.match(r"(\S+?):(\d+):\d+: warning", line)
        if match and match.group(1) not in seen:
            seen.add(match.group(1))
            yield match.group(1), int(match.group(2)), "format", "clang-format would change it"


def check(root):
    names = files_of(root)
    layers = load_layers(root)
    findings = []
    for name in names:
        extension = os.path.splitext(name)[1]
        if extension not in TEXT or name.startswith("tests/tidy/") or "/corpus/" in name:
            continue
        text = read(os.path.join(root, name))
        if name.startswith(ROOTS) and extension in CODE:
            findings += [(name, *f) for f in check_code(name, text, layers)]
        findings += [(name, *f) for f in check_text(name, text)]
    findings += check_readmes(root, names)
    findings += check_format(root, names)
    return findings


BAD = {
    "size": ("src/common/base/a.h", "#pragma once\n\n// Long.\n" + "int x;\n" * MAX_FILE_LINES),
    "size ": ("src/common/base/b.cc", "void F() {\n" + "  G();\n" * MAX_FUNCTION_LINES + "}\n"),
    "header": ("src/common/base/c.h", "int x;\n"),
    "purity": ("src/master/core/d.cc", "auto t = std::chrono::steady_clock::now();\n"),
    "sleep": ("tests/unit/e.cc", "void F() { usleep(5); }\n"),
    "layers": ("src/common/base/f.cc", '#include "master/core/events.h"\n'),
    "unfinished": ("src/common/base/g.cc", "// TO" + "DO: all of it\n"),
    "prose": ("docs/k.md", "word " * 30 + "\n"),
    "machine path": ("README.md", "see /wor" + "k/here\n"),
    "readme": ("src/common/base/i.cc", "int x;\n"),
    "format": ("src/common/base/j.cc", "int   x ;\n"),
}


def selftest():
    failed = 0
    here = os.path.dirname(os.path.abspath(__file__))
    for rule, (name, text) in BAD.items():
        with tempfile.TemporaryDirectory() as root:
            for path, content in ((name, text), ("tests/tidy/layers.txt", read(os.path.join(here, "layers.txt"))),
                                  (".clang-format", "BasedOnStyle: Google\n")):
                os.makedirs(os.path.join(root, os.path.dirname(path)), exist_ok=True)
                with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                    file.write(content)
            if not any(f[2] == rule.strip() and f[0].startswith(os.path.dirname(name)) for f in check(root)):
                print(f"selftest: rule '{rule.strip()}' did not catch {name}")
                failed += 1
    print(f"{len(BAD) - failed} passed, {failed} failed")
    return failed


def main(arguments):
    if arguments[:1] == ["--selftest"]:
        return 1 if selftest() else 0
    root = arguments[0] if arguments else os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    findings = check(os.path.abspath(root))
    for name, line, rule, what in findings:
        print(f"{name}:{line}: {rule}: {what}")
    print(f"tidy: {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

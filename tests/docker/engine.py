"""A Docker daemon of the test's own, in namespaces of the test's own: nothing of it is seen outside, and all of it ends with
the test, however that ends.

  reason = engine.why_not()      # where this machine cannot run one
  engine.enter(program)          # once: goes on as this program within the namespaces
  with engine.Engine(build):     # within: `docker` and `docker-compose` talk to this daemon; one at a time for a build directory
"""
import glob
import hashlib
import os
import shutil
import subprocess
import sys
import time

PATIENCE = 120
INSIDE = "MESOS_TEST_NAMESPACES"
NEEDED = {"dockerd": "docker.io", "docker": "docker.io", "docker-compose": "docker-compose", "debootstrap": "debootstrap",
          "unshare": "util-linux", "ip": "iproute2"}
# Debian's own programs, wherever the user's PATH looks first.
DEBIAN_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


def why_not():
    """Why no daemon can run here; None where one can."""
    if os.getuid() != 0:
        return "not root: a Docker daemon of the test's own needs it"
    for program, package in NEEDED.items():
        if shutil.which(program, path=DEBIAN_PATH) is None:
            return f"{program} is missing: install {package}, or run scripts/install-dependencies"
    with open("/etc/os-release", encoding="utf-8") as file:
        if "VERSION_CODENAME=bookworm" not in file.read():
            return "not Debian 12, whose packages the image is made of"
    made = subprocess.run(["unshare", "--net", "--mount", "--pid", "--fork", "true"], capture_output=True, text=True)
    if made.returncode != 0:
        return f"no namespaces can be made here: {made.stderr.strip()}"
    return None


def inside():
    return INSIDE in os.environ


def enter(program):
    """Becomes the program within namespaces: who ends this process ends all of them. Does not return."""
    environment = dict(os.environ, **{INSIDE: "1", "PATH": DEBIAN_PATH + ":" + os.environ.get("PATH", "")})
    sys.stdout.flush()
    command = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", *program]
    os.execvpe(command[0], command, environment)


def eventually(what, condition, patience=PATIENCE):
    """Waits until the condition gives a true value, and returns that."""
    deadline = time.monotonic() + patience
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {patience} s: {what}")
        time.sleep(0.2)


def run(*command, check=True, **more):
    """Runs a command and returns what it prints; its complaints are shown where it fails."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


class Engine:
    def __init__(self, build):
        self.log = "/run/dockerd.log"
        self.cgroup = "mesos-test-" + hashlib.sha256(build.encode()).hexdigest()[:8]
        self.process = None

    def remove_cgroups(self):
        """Alone of all there is, control groups outlive a test that is killed; these are empty by now."""
        for top in glob.glob(f"/sys/fs/cgroup/*/{self.cgroup}") + glob.glob(f"/sys/fs/cgroup/{self.cgroup}"):
            subprocess.run(["find", top, "-depth", "-type", "d", "-exec", "rmdir", "{}", ";"], capture_output=True)

    def __enter__(self):
        self.remove_cgroups()
        # Sockets of other daemons stay out of sight, so that this one starts a containerd of its own. All its files are here,
        # too, about 1 GB, since deleting the images from a disk would take as long as the test.
        run("mount", "-t", "tmpfs", "tmpfs", "/run")
        run("ip", "link", "set", "lo", "up")
        for name in [name for name in os.environ if name.startswith(("DOCKER_", "COMPOSE_"))]:
            del os.environ[name]
        os.environ["DOCKER_BUILDKIT"] = "0"
        with open(self.log, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                ["dockerd", "--data-root", "/run/docker-data", "--cgroup-parent", "/" + self.cgroup,
                 "--log-level", "warn"], stdout=log, stderr=log)
        try:
            eventually("dockerd answers", self.answers)
        except AssertionError:
            with open(self.log, encoding="utf-8") as log:
                sys.stderr.write(log.read())
            raise
        return self

    def answers(self):
        if self.process.poll() is not None:
            raise AssertionError(f"dockerd ended with {self.process.returncode}")
        return subprocess.run(["docker", "version"], capture_output=True).returncode == 0

    def __exit__(self, *_):
        # Nothing of it is to be kept, so it need not end in order; the namespaces' end takes along what it leaves running.
        self.process.kill()
        self.process.wait()
        self.remove_cgroups()

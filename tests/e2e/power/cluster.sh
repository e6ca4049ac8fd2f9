#!/bin/sh
# The first process of a machine that runs a master, an agent, a framework and an operator: their work on the disk, and what they
# tell outside, where it is safe once it is told.
#
#   outside    the directory outside, as this machine's host knows it
#   binaries   where the programs stand;  scripts: where journal_operator.py stands
#   disk       options by which the disk is mounted
#   anew       a name: the agent starts as on a new machine, and what was its disk gets this name
export TMPDIR=/run PYTHONDONTWRITEBYTECODE=1
out=/run/outside

mount -t proc proc /proc && mount -t sysfs sysfs /sys && mount -t tmpfs tmpfs /run && mkdir $out || exit 1
mount -t hostfs -o "sync,$outside" none $out || exit 1
ip link set lo up

run() {  # NAME PROGRAM...: none of them is to end
  name=$1
  shift
  { "$@" >>"$out/logs/$name" 2>&1; echo "$name ended with status $?" >>"$out/ended"; } &
}

mount -t ext4 -o "${disk:-defaults}" /dev/ubda /mnt || { echo "the disk cannot be mounted" >>$out/ended; exit 1; }
mkdir -p /mnt/master /mnt/agent
if [ -n "$anew" ]; then
  mv /mnt/agent "/mnt/$anew"
  mkdir /mnt/agent
  sync
fi

run master "$binaries/mesos-master" --ip=127.0.0.1 --hostname=machine --port=5050 --work_dir=/mnt/master \
  --agent_reregister_timeout=1hrs
run agent "$binaries/mesos-agent" --ip=127.0.0.1 --hostname=machine --port=5051 --master=127.0.0.1:5050 --work_dir=/mnt/agent/work \
  --runtime_dir=/run/agent --resources='cpus:4;mem:2048;disk:1024;ports:[31000-32000]' --registration_backoff_factor=50ms
run framework "$binaries/surviving_framework" --master=127.0.0.1:5050 --directory=$out/framework --rate=5
run operator python3 -u "$scripts/journal_operator.py" 127.0.0.1:5050 $out/operator
wait

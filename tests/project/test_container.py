"""The image: what its Dockerfile says, done step by step, and run as Docker would run it."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # its stubs are a package more

from headroom.settings import ENTRIES
from tests.support.dockerfile import Stage, build_script, can_replay, read
from tests.support.redis_server import needs_redis

ROOT = Path(__file__).resolve().parent.parent.parent
STAGES = read((ROOT / "Dockerfile").read_text("utf-8"))
BUILD, LAST = STAGES
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
VARIABLES = {name for entry in ENTRIES for name in entry.variables}


def test_it_stands_on_the_specifications_image_and_ends_in_its_command() -> None:
    assert {stage.image for stage in STAGES} == {"python:3.11-slim"}
    assert LAST.command("CMD") == ["headroom", "proxy", "--host", "0.0.0.0"]
    assert LAST.said("EXPOSE") == ["8787"]


def test_no_compiler_and_no_downloaded_program_comes_in() -> None:
    for command in [*BUILD.said("RUN"), *LAST.said("RUN")]:
        assert not re.search(r"apt-get|curl|wget|build-essential|gcc", command), command
        if "pip install" in command and not command.endswith(" ."):
            assert "--require-hashes" in command
            assert "--only-binary :all:" in command
    assert not any("pip" in command for command in LAST.said("RUN"))


def test_it_runs_as_nobody_special_and_writes_to_its_volume_alone() -> None:
    assert LAST.said("USER") == ["10001:10001"]
    assert LAST.said("VOLUME") == [LAST.variables["HEADROOM_WORKSPACE_DIR"]]
    assert {name for name in LAST.variables if name.startswith("HEADROOM_")} <= VARIABLES


def test_its_health_is_readiness_and_needs_no_program_of_others() -> None:
    program, _, code = LAST.command("HEALTHCHECK")

    assert program == "python"
    assert "/readyz" in code


def test_what_is_copied_is_let_in_by_dockerignore() -> None:
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").split()
              if line.startswith("!")}  # fmt: skip
    copied = {each for said in BUILD.said("COPY") for each in said.split()[:-1]}

    assert copied == let_in
    hatch = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert {hatch["readme"], *hatch["license-files"]} <= let_in


PROBE = """
import http.client, json, subprocess, sys, time
def ask(path, method="GET", body=None, headers={}):
    c = http.client.HTTPConnection("127.0.0.1", 8787, timeout=5)
    c.request(method, path, body, {"content-type": "application/json", **headers})
    r = c.getresponse()
    return r.status, r.read()
health = json.loads(sys.argv[1])
for _ in range(200):
    if subprocess.run(health, capture_output=True).returncode == 0: break
    time.sleep(0.1)
else: sys.exit("never healthy")
body = json.dumps({"model": "gpt-4o", "messages": [{"role": "user", "content": "x"}]})
print("compress", ask("/v1/compress", "POST", body)[0])
print("forwarded", ask("/stats", headers={"x-forwarded-for": "10.0.0.9"})[0])
"""


@pytest.mark.skipif(not can_replay(), reason="needs root, unshare and overlays")
def test_each_step_can_be_done_and_the_image_runs_read_only_as_nobody_special(
    tmp_path: Path,
) -> None:
    place = tmp_path / "image"
    place.mkdir()
    health, command = (LAST.command(name) for name in ("HEALTHCHECK", "CMD"))
    inside = _as_its_user(LAST, f"{shlex.join(command)} & echo $! > /tmp/pid; wait $!; echo end $?")
    probe = shlex.join(["python", "-c", PROBE, json.dumps(health)])
    script = f"""
        {build_script(STAGES, ROOT, str(place))}
        root={place}/last
        workspace=$root{LAST.said("VOLUME")[0]}
        mount -t tmpfs -o mode=0700,uid=10001,gid=10001 tmpfs $workspace
        mount -t tmpfs -o mode=1777 tmpfs $root/tmp
        mount -o remount,bind,ro $root
        unshare --net bash -c {shlex.quote(_run(inside, probe))} $root $workspace
    """
    done = subprocess.run(
        ["unshare", "--mount", "bash", "-c", script],
        capture_output=True, text=True, check=False, timeout=240, env={**os.environ},
    )  # fmt: skip

    assert "compress 200" in done.stdout, done.stdout + done.stderr
    assert "forwarded 401" in done.stdout
    assert "read-only\n10001\n" in done.stdout
    assert "600 10001\n600 10001\n" in done.stdout
    assert "end 0" in done.stdout
    assert "need this token" in done.stderr


def _run(inside: str, probe: str) -> str:
    """Run it, with no network but its own, ask it, and stop it."""
    tried = "touch /opt/headroom/x 2>/dev/null || echo read-only; id -u"
    return f"""
        ip link set lo up
        chroot $0 {inside} & engine=$!
        chroot $0 {_as_its_user(LAST, probe)}
        chroot $0 {_as_its_user(LAST, tried)}
        stat -c '%a %u' $1/state.db $1/token
        kill $(cat $0/tmp/pid); wait $engine
    """


def _as_its_user(stage: Stage, command: str) -> str:
    user, _, group = stage.said("USER")[-1].partition(":")
    told = [f"{name}={value}" for name, value in stage.variables.items()]
    # This machine's Python may look for its library where only root can.
    told.append("LD_LIBRARY_PATH=/usr/local/lib")
    return shlex.join(
        ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups", "--no-new-privs",
         "env", "-i", *told, "sh", "-c", command]
    )  # fmt: skip


def test_compose_publishes_headroom_to_this_machine_and_redis_to_nobody() -> None:
    services = COMPOSE["services"]

    assert services["headroom"]["ports"] == ["127.0.0.1:8787:8787"]
    assert "ports" not in services["redis"]
    assert services["headroom"]["read_only"] is True
    assert services["headroom"]["depends_on"]["redis"]["condition"] == "service_healthy"
    assert set(COMPOSE["volumes"]) == {"workspace", "redis"}


def test_compose_sets_variables_that_exist_and_needs_both_secrets() -> None:
    environment = COMPOSE["services"]["headroom"]["environment"]

    assert set(environment) <= VARIABLES
    for name in ("HEADROOM_STORE", "HEADROOM_API_KEY"):
        assert ":?" in environment[name]
    assert ":?" in COMPOSE["services"]["redis"]["environment"]["REDIS_PASSWORD"]


@needs_redis
@pytest.mark.skipif(not can_replay(), reason="needs root, unshare and overlays")
def test_what_compose_starts_works_together(tmp_path: Path) -> None:
    """Its very commands, with the names and the password that it gives them, in their own net."""
    redis, headroom = COMPOSE["services"]["redis"], COMPOSE["services"]["headroom"]
    secrets = {"REDIS_PASSWORD": "0123456789abcdef", "HEADROOM_API_KEY": "f" * 48}
    told = {name: filled_in(value, secrets) for name, value in headroom["environment"].items()}
    hosts = tmp_path / "hosts"
    hosts.write_text("127.0.0.1 localhost redis\n")
    health = redis["healthcheck"]["test"][1].replace("$$", "$")
    server = shlex.join([word.replace("$$", "$") for word in redis["command"]])
    program = shlex.join([sys.executable, "-c", "from headroom.cli.main import main; main()"])
    asks = "curl --silent --fail --header x-headroom-api-key:$HEADROOM_API_KEY localhost:8787"
    script = f"""
        set -eu; cd {tmp_path}; ip link set lo up; mount --bind hosts /etc/hosts
        {server} > redis.log & trap 'kill $(jobs -p); wait' EXIT
        for _ in $(seq 100); do sh -c {shlex.quote(health)} && break; sleep 0.1; done
        {program} {shlex.join(headroom["command"][1:])} > headroom.log 2>&1 &
        for _ in $(seq 200); do {asks}/readyz > ready && break; sleep 0.1; done
        cat ready; echo; {asks}/stats > stats; echo asked
        redis-cli ping
        redis-cli --no-auth-warning -a $REDIS_PASSWORD config get maxmemory-policy
    """
    done = subprocess.run(
        ["unshare", "--net", "--mount", "bash", "-c", script],
        capture_output=True, text=True, check=False, timeout=60,
        env={**os.environ, **told, "REDIS_PASSWORD": secrets["REDIS_PASSWORD"],
             "PYTHONPATH": str(ROOT / "src"),
             "HEADROOM_WORKSPACE_DIR": str(tmp_path / "workspace")},
    )  # fmt: skip

    assert "asked" in done.stdout, done.stdout + done.stderr
    assert '"ready":true' in done.stdout
    assert "NOAUTH" in done.stdout
    assert "volatile-lru" in done.stdout
    assert not (tmp_path / "workspace" / "state.db").exists()


def filled_in(value: str, secrets: dict[str, str]) -> str:
    """A variable as compose fills it in: those that are not set are empty where that may be."""
    return re.sub(r"\$\{(\w+)[^}]*\}", lambda found: secrets.get(found[1], ""), value)

#!/usr/bin/env python3
"""Runs an experiment against a real llama.cpp server, with a tiny model of random weights.

    python3 tests/llm/real_server.py [--server SERVER] [--folder FOLDER] [--motive PROGRAM]

SERVER is one of
    llama-cpp-python   (default) the server of llama-cpp-python[server]; pip may have to build it: some minutes, g++
    xllamacpp          llama.cpp's own HTTP server; pip has it built, in seconds
    a command          with {model} and {port}, such as 'llama-server -m {model} --port {port} -c 12288 -np 2'
FOLDER keeps the Python environment, the model and what came out; without it all is made in a temporary folder that is
removed at the end, unless a check fails. Needs a built program and what pip downloads; everything else stays on
127.0.0.1. Not one of the default tests, which need no network.

What such a model says makes no sense. What is looked at: that the run ends well all the same, that every request the
server saw is in the cache and every answer in the cells' counts, with the tokens it reported, that no answer is longer
than asked, that lists are repaired and wrong answers counted, and that `--llm replay`, with the server gone, gives the
same tables to the byte. Exit status 0 if all of that holds, else 1.
"""

import argparse
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

sys.dont_write_bytecode = True
from real_server_checks import Checks, check_answers, check_cells, check_replay, say, ways  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PACKAGES = {"llama-cpp-python": ["llama-cpp-python[server]"], "xllamacpp": ["xllamacpp"]}
MODULES = {"llama-cpp-python": "llama_cpp.server.app", "xllamacpp": "xllamacpp"}
CONTEXT, CONNECTIONS = 6144, 2  # tokens of this model are characters: the longest prompts do not fit
INSTALL_SECONDS, START_SECONDS, RUN_SECONDS = 3600, 120, 1200

# Started with `python -c`: the model's file, a port, tokens for one request, requests at a time.
XLLAMACPP = """
import signal, sys, xllamacpp
parameters = xllamacpp.CommonParams()
parameters.model.path, parameters.port = sys.argv[1], int(sys.argv[2])
parameters.n_parallel, parameters.n_ctx = int(sys.argv[4]), int(sys.argv[3]) * int(sys.argv[4])
parameters.cpuparams.n_threads, parameters.fit_params, parameters.model_alias = 1, False, {"tiny-random"}
server = xllamacpp.Server(parameters)
signal.pause()
"""

EXPERIMENT = """\
experiment: real-server
dataset: {{name: tiny-world, world: {{users: 20, items: 80, events_per_user: 10, seed: 7}}}}
users: {{sample: 10}}
endpoints:
  small:
    base_url: "http://127.0.0.1:{port}/v1"
    model: {model}
    limit_field: max_tokens
    structured: auto
    context: {context}
    connections: {connections}
    timeout: 60
    retries: 2
    reasks: 1
models:
  - popularity
  - llm_only: {{endpoint: small, max_tokens: 200}}
  - m_llm3rec:
      mope: {{endpoint: small, max_tokens: 200}}
      mote: {{endpoint: small, max_tokens: 200}}
      mar: {{endpoint: small, max_tokens: 600}}
evaluation:
  candidates: [{{name: sampled, negatives: 9}}]
  metrics: [hr, ndcg]
  topk: [5]
"""


class Failure(Exception):
    """What went wrong, in words for the person who runs this."""


def call(command, seconds, folder, env=None, log=None):
    """Exit status and what was printed; a process that takes too long is ended, and its children with it."""
    with subprocess.Popen(command, cwd=folder, env=env, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, start_new_session=True) as process:
        try:
            printed, _ = process.communicate(timeout=seconds)
        except BaseException as error:
            os.killpg(process.pid, signal.SIGKILL)
            if isinstance(error, subprocess.TimeoutExpired):
                raise Failure(f"{shlex.join(command[:4])} ...: not done after {seconds} seconds") from error
            raise
    if log:
        with open(os.path.join(folder, log), "w") as file:
            file.write(printed)
    return process.returncode, printed


# ---- what is needed ----------------------------------------------------------------------------------

def make_environment(server, folder):
    """The Python that has the packages. What is there already is used."""
    python = os.path.join(folder, "venv", "bin", "python")
    modules = ["gguf", "zstandard"] + ([MODULES[server]] if server in MODULES else [])
    if os.path.exists(python) and call([python, "-c", "import " + ", ".join(modules)], 120, folder)[0] == 0:
        return python
    say("installing " + ", ".join(PACKAGES.get(server, []) + ["gguf", "zstandard"]) + " (may build it: some minutes)")
    started = time.monotonic()
    status, printed = call([sys.executable, "-m", "venv", os.path.join(folder, "venv")], 300, folder)
    if status != 0:
        raise Failure("there is no virtual environment: " + printed)
    env = dict(os.environ, CMAKE_ARGS="-DGGML_NATIVE=OFF -DGGML_OPENMP=OFF -DLLAVA_BUILD=OFF -DGGML_CUDA=OFF",
               CMAKE_BUILD_PARALLEL_LEVEL="2")
    install = [python, "-m", "pip", "install", "--prefer-binary", "--disable-pip-version-check", "gguf", "zstandard"]
    status, printed = call(["nice", "-n", "10"] + install + PACKAGES.get(server, []), INSTALL_SECONDS, folder, env, "pip.log")
    if status != 0:
        raise Failure("pip could not install them; it said:\n" + "\n".join(printed.splitlines()[-15:]))
    say(f"installed in {time.monotonic() - started:.0f} s")
    return python


def versions(python, folder):
    _, printed = call([python, "-m", "pip", "list", "--format", "freeze", "--disable-pip-version-check"], 120, folder)
    wanted = re.findall(r"^(?:llama.cpp.python|xllamacpp|gguf|fastapi|uvicorn)==.*$", printed, re.MULTILINE)
    return ", ".join(wanted + ["Python " + sys.version.split()[0]])


class Server:
    """A process that answers on `port`, until stop()."""

    def __init__(self, server, python, model, folder):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        if server == "llama-cpp-python":
            command = [python, "-m", "llama_cpp.server", "--model", model, "--model_alias", "tiny-random", "--host",
                       "127.0.0.1", "--port", str(self.port), "--n_ctx", str(CONTEXT), "--n_threads", "1",
                       "--n_threads_batch", "1"]
        elif server == "xllamacpp":
            command = [python, "-c", XLLAMACPP, model, str(self.port), str(CONTEXT), str(CONNECTIONS)]
        else:
            command = [part.replace("{model}", model).replace("{port}", str(self.port)) for part in shlex.split(server)]
        self.log = os.path.join(folder, "server.log")
        # A server that is set up by variables is not set up by those of this shell.
        env = {name: value for name, value in os.environ.items()
               if "proxy" not in name.lower() and name not in ("HOST", "PORT", "MODEL")}
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(command, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=subprocess.STDOUT, start_new_session=True)

    def model(self):
        """Waits until it answers; the name by which it knows its model."""
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            try:
                with direct.open(f"http://127.0.0.1:{self.port}/v1/models", timeout=5) as reply:
                    return json.load(reply)["data"][0]["id"]
            except (OSError, ValueError, LookupError):
                time.sleep(0.2)
        with open(self.log, errors="replace") as log:
            last = "".join(log.readlines()[-15:])
        raise Failure(f"the server does not answer on port {self.port}; the last that it said:\n{last}")

    def requests(self):
        """Requests for an answer that its log tells of; 0 where it has none."""
        with open(self.log, errors="replace") as log:
            return sum(1 for line in log if '"POST /v1/chat/completions HTTP' in line)

    def stop(self):
        for number, seconds in ((signal.SIGTERM, 10), (signal.SIGKILL, 10)):
            if self.process.poll() is None:
                os.killpg(self.process.pid, number)
                try:
                    self.process.wait(seconds)
                except subprocess.TimeoutExpired:
                    pass


class Motive:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        self.env = dict(os.environ, MOTIVE_CACHE=os.path.join(folder, "cache"), no_proxy="127.0.0.1", NO_PROXY="127.0.0.1")

    def __call__(self, *arguments, log=None):
        return call([self.program, *arguments], RUN_SECONDS, self.folder, self.env, log)

    def run(self, name, *options):
        return self("run", "experiment.yaml", "--quiet", "--out", name, "--store", name + "-store", "--threads", "2", *options,
                    log=name + ".log")

    def cells(self, name):
        with open(os.path.join(self.folder, name, "cells.jsonl")) as lines:
            return [json.loads(line) for line in lines]

    def answers(self, python):
        """Every answer of the cache, as `cache export` writes them."""
        packed = os.path.join(self.folder, "answers.jsonl.zst")
        for old in (packed, packed + ".manifest.json"):
            if os.path.exists(old):
                os.remove(old)
        status, printed = self("cache", "export", packed)
        if status != 0:
            raise Failure("cache export: " + printed)
        unpack = "import sys, zstandard; zstandard.ZstdDecompressor().copy_stream(open(sys.argv[1], 'rb'), sys.stdout.buffer)"
        lines = subprocess.run([python, "-c", unpack, packed], check=True, timeout=60, stdout=subprocess.PIPE).stdout
        return [dict(answer, request=json.loads(answer["request"])) for answer in map(json.loads, lines.splitlines())]


# ---- the run ------------------------------------------------------------------------------------------

def experiment(arguments, python, folder, checks):
    model = os.path.join(folder, "tiny.gguf")
    status, printed = call([python, os.path.join(HERE, "tiny_gguf.py"), model], 120, folder)
    if status != 0:
        raise Failure("tiny_gguf.py: " + printed)
    motive = Motive(os.path.abspath(arguments.motive), folder)
    for old in ("cache", "asked", "asked-store", "replayed", "replayed-store", "missing", "missing-store"):
        shutil.rmtree(os.path.join(folder, old), ignore_errors=True)
    server = Server(arguments.server, python, model, folder)
    try:
        name = server.model()
        say(f"{versions(python, folder)}; a model of {os.path.getsize(model) // 1000} kB answers as {name}")
        with open(os.path.join(folder, "experiment.yaml"), "w") as file:
            file.write(EXPERIMENT.format(port=server.port, model=json.dumps(name), context=CONTEXT, connections=CONNECTIONS))
        started = time.monotonic()
        status, printed = motive.run("asked")
        say(f"\nmotive run: {time.monotonic() - started:.1f} s\n" + printed)
        checks.that(status == 0, f"exit status {status}")
        checks.that(server.process.poll() is None, "the server still runs")
        seen = server.requests()
    finally:
        server.stop()
    if status != 0:
        return
    answers = motive.answers(python)
    probes, asked = ways(answers)
    say(f"  probes  {'; '.join(probes)}; then asked as " + ", ".join(f"{way} ({n})" for way, n in asked.items()))
    check_answers(checks, answers)
    check_cells(checks, motive.cells("asked"), answers, arguments.server in PACKAGES)
    stats = motive("cache", "stats")[1]
    tries = int(re.search(r"^tries\s+([\d,]+)", stats, re.MULTILINE).group(1).replace(",", ""))
    if seen:
        checks.that(seen == tries, f"the server's log tells of {seen} requests, the cache of {tries} tries")
    checks.that(motive("cache", "verify")[0] == 0, "cache verify")
    check_replay(checks, motive)
    say("\nmotive cache stats\n" + stats)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", default="llama-cpp-python", help="see above")
    parser.add_argument("--folder", help="kept, and used again by the next run")
    parser.add_argument("--motive", default=os.path.join(ROOT, "build", "release", "motive"), help="the program")
    arguments = parser.parse_args()
    if not os.access(arguments.motive, os.X_OK):
        sys.exit(f"{arguments.motive}: there is no such program; ./motive build makes it, or name another with --motive")
    if arguments.server not in PACKAGES and "{port}" not in arguments.server:
        sys.exit(f"--server {arguments.server}: {', '.join(PACKAGES)}, or a command with {{model}} and {{port}}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by a signal"))
    folder = os.path.abspath(arguments.folder or tempfile.mkdtemp(prefix="motive-real-server-"))
    os.makedirs(folder, exist_ok=True)
    checks = Checks()
    try:
        experiment(arguments, make_environment(arguments.server, folder), folder, checks)
    except (Failure, subprocess.SubprocessError) as failure:
        sys.exit(f"real_server.py: {failure}")
    finally:
        if not arguments.folder and not checks.failed:
            shutil.rmtree(folder, ignore_errors=True)
    say(f"{checks.failed} checks failed; see {folder}" if checks.failed else "all checks hold")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())

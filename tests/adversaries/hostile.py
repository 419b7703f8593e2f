"""An external method that misbehaves: hostile.py BEHAVIOUR NOTE rank MODEL QUERIES.

NOTE is a file where it leaves the process id of what it started.
"""

import os
import signal
import subprocess
import sys
import time

behaviour, note, command, model = sys.argv[1:5]
queries = sys.argv[5] if command == "rank" else None


def asked(name):
    with open(os.path.join(queries, name), encoding="utf-8") as file:
        return [line.rstrip("\n").split(",") for line in file][1:]


def out(text):
    sys.stdout.write(text)
    sys.stdout.flush()


def header():
    out("query,item,score\n")


def honest(rows=None):
    """The later in candidates.csv, the better."""
    header()
    out("".join(f"{q},{i},{n}\n" for n, (q, i) in enumerate(asked("candidates.csv")) if rows is None or int(q) < rows))


def child(**how):
    started = subprocess.Popen(["sleep", "8"], **how)
    with open(note, "w", encoding="ascii") as file:
        file.write(str(started.pid))


if command == "fit" and not behaviour.startswith("fit-"):
    sys.exit(0)
if behaviour == "honest":
    honest()
elif behaviour == "silence":
    time.sleep(60)
elif behaviour == "silence-with-children":
    child()
    time.sleep(60)
elif behaviour == "ignores-sigterm":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with open(note, "w", encoding="ascii") as file:
        file.write(str(os.getpid()))
    time.sleep(60)
elif behaviour == "closes-output":
    header()
    os.close(1)
    time.sleep(60)
elif behaviour == "garbage":
    os.write(1, bytes(range(256)) * 40)
elif behaviour == "no-header":
    out("0,i1,0.5\n")
elif behaviour == "two-fields":
    header()
    out("0,i1\n")
elif behaviour == "half-a-row":
    honest()
    out("0,i")
elif behaviour == "half-a-quote":
    header()
    out('0,"i1')
elif behaviour == "exit-1":
    honest()
    sys.stderr.write("first line\nTraceback: the model is on holiday\n")
    sys.exit(1)
elif behaviour == "kills-itself":
    sys.stderr.write("goodbye\n")
    sys.stderr.flush()
    os.kill(os.getpid(), signal.SIGSEGV)
    time.sleep(60)
elif behaviour == "nothing":
    sys.exit(0)
elif behaviour == "only-header":
    header()
elif behaviour == "endless-rows":
    header()
    while True:
        out("0,i1,0.5\n" * 1000)
elif behaviour == "endless-line":
    header()
    while True:
        out("x" * 65536)
elif behaviour == "endless-stderr":
    while True:
        sys.stderr.write("noise " * 10000)
elif behaviour == "nan":
    header()
    out("0,i1,0.5\n0,i2,nan\n")
elif behaviour == "infinity":
    header()
    out("0,i1,1e99\n")
elif behaviour == "text-score":
    header()
    out("0,i1,very good\n")
elif behaviour == "unknown-query":
    header()
    out("99999,i1,0.5\n")
elif behaviour == "negative-query":
    header()
    out("-1,i1,0.5\n")
elif behaviour == "query-comes-back":
    header()
    out("0,i1,0.5\n1,i1,0.5\n0,i2,0.5\n")
elif behaviour == "invents-and-repeats":
    header()
    for q, i in asked("candidates.csv"):
        out(f"{q},{i},1\n")
        out(f"{q},{i},2\n{q},unheard-of,9\n")
elif behaviour == "answers-some":
    honest(rows=10)
elif behaviour == "leaves-children":
    child()
    honest()
elif behaviour == "leaves-children-that-left":
    child(start_new_session=True)  # holds our output open for 8 seconds
    honest()
elif behaviour == "reads-input":
    sys.stdin.read()
    honest()
elif behaviour == "fit-exit-3":
    sys.stderr.write("no fit today\n")
    sys.exit(3)
elif behaviour == "fit-link":
    os.symlink("/etc/passwd", os.path.join(model, "link"))
elif behaviour == "looks-for-truths":
    allowed = {"queries.csv", "history.csv", "candidates.csv", "request.json"}
    extra = set(os.listdir(queries)) - allowed
    if extra:
        sys.exit(f"more than was promised: {extra}")
    honest()
else:
    sys.exit(f"hostile.py knows no {behaviour}")

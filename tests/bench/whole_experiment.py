"""A whole experiment, from files to tables, in Motive and in Cornac: popularity, ItemKNN, BPR and EASE on one
sequence file, one seed, the last item of each user ranked among all he has not met. Both fit on everything before
it, with two threads, start from nothing (no store, no caches) and print a table.

    python tests/bench/whole_experiment.py --sequences FILE [--motive build/release/motive] [--rounds 1]

Needs the package cornac in the Python that runs it, and nothing else beyond the program. FILE: one user per line,
user id, then item numbers in time order. Prints both tables of the last round, and the medians of wall and
processor seconds with their ratios. The programs take turns; only ratios within one run count.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
EXPERIMENT = """\
experiment: whole
dataset: {{name: sequences, path: {folder}, interactions: {{file: {file}, format: sequences}}}}
splits: [{{type: warm}}]
models: [{models}]
evaluation: {{candidates: [{{name: full}}], metrics: [ndcg, recall], topk: [10]}}
"""
MODELS = "popularity; item_knn; bpr: {preset: beauty, epochs: 200}; ease"


def triples(path):
    """Training and test triples of Cornac: the last item of each user with 3 or more is the test item."""
    train, test = [], []
    with open(path) as lines:
        for line in lines:
            user, *items = line.split()
            cut = len(items) - 1 if len(items) >= 3 else len(items)
            train += [(user, item, 1.0) for item in dict.fromkeys(items[:cut])]
            test += [(user, item, 1.0) for item in items[cut:]]
    return train, test


def run_cornac(path, threads):
    import cornac
    from cornac.eval_methods import BaseMethod

    train, test = triples(path)
    method = BaseMethod.from_splits(
        train_data=train, test_data=test, rating_threshold=0.5, exclude_unknowns=True, verbose=False
    )
    models = [
        cornac.models.MostPop(),
        cornac.models.ItemKNN(k=200, similarity="cosine", num_threads=threads, verbose=False),
        # A seed would force it to a single thread.
        cornac.models.BPR(
            k=64, max_iter=200, learning_rate=0.1, lambda_reg=0.02, num_threads=threads, verbose=False
        ),
        cornac.models.EASE(lamb=500, verbose=False),
    ]
    metrics = [cornac.metrics.NDCG(k=10), cornac.metrics.Recall(k=10)]
    cornac.Experiment(eval_method=method, models=models, metrics=metrics).run()


def timed(command, environment=None):
    """Wall and processor seconds of a program and its children, and what it printed."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(f"failed: {' '.join(command)}\n{done.stderr[-3000:]}")
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, processor, done.stdout


def motive_round(options):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.abspath(options.sequences)
        models = ", ".join(
            "{" + model + "}" if ":" in model else model for model in options.models.split("; ")
        )
        experiment = os.path.join(folder, "whole.yaml")
        with open(experiment, "w") as file:
            file.write(
                EXPERIMENT.format(folder=os.path.dirname(path), file=os.path.basename(path), models=models)
            )
        command = [options.motive, "run", experiment, "--threads", str(options.threads)]
        command += ["--out", os.path.join(folder, "out"), "--store", os.path.join(folder, "store")]
        return timed(command)


def cornac_round(options):
    environment = {**os.environ, "OMP_NUM_THREADS": str(options.threads), "OPENBLAS_NUM_THREADS": str(options.threads)}
    command = [sys.executable, os.path.abspath(__file__), "--cornac", "--threads", str(options.threads)]
    return timed([*command, "--sequences", options.sequences], environment)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sequences", required=True)
    parser.add_argument("--motive", default=os.path.join(HERE, "../../build/release/motive"))
    parser.add_argument("--models", default=MODELS, help="entries of `models`, separated by '; '")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--cornac", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.cornac:
        return run_cornac(options.sequences, options.threads)
    rounds = []
    for number in range(options.rounds):
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr, flush=True)
        sides = []
        for name, side in (("motive", motive_round), ("cornac", cornac_round)):
            sides.append(side(options))
            print(f"  {name}: {sides[-1][0]:.1f} s", file=sys.stderr, flush=True)
        rounds.append(sides)
    print(f"motive\n{rounds[-1][0][2]}\ncornac\n{rounds[-1][1][2]}")
    print("| seconds (median) | motive | cornac | ratio |\n| --- | --- | --- | --- |")
    for column, name in enumerate(("wall", "processor")):
        ours, theirs = ([round_[side][column] for round_ in rounds] for side in (0, 1))
        ratio = statistics.median(b / a for a, b in zip(ours, theirs))
        print(f"| {name} | {statistics.median(ours):.2f} | {statistics.median(theirs):.2f} | {ratio:.1f} |")


if __name__ == "__main__":
    main()

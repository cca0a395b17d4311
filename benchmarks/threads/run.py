#!/usr/bin/env python3
"""How the threads' waiting and their number weigh on training, on an idle machine and on one with twice as many busy processes as cores.

    benchmarks/threads/run.py RESULT.json [ROUNDS]

Trains roberta-nano for four epochs on 59 tickets (small products, so that waiting shows) with the built tool, whole processes, every
setting in turn in each round; the median of each is kept. Run it on a machine that does nothing else.
"""
import json, os, platform, statistics, subprocess, sys, tempfile, time

here = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
tool = os.path.join(here, "artifacts", "bin", "Microsoft.ML.DeLoRA.Cli", "release", "delora.dll")
cores = os.cpu_count()
settings = {
    "as OpenMP waits (busy)": (["--waiting", "busy"], {}),
    "brief (default)": ([], {}),
    "brief, 300 turns": ([], {"GOMP_SPINCOUNT": "300"}),
    "brief, 3000 turns": ([], {"GOMP_SPINCOUNT": "3000"}),
    "brief, 10000 turns": ([], {"GOMP_SPINCOUNT": "10000"}),
    "asleep": (["--waiting", "asleep"], {}),
    "one thread": (["--threads", "1"], {}),
}


def seconds(arguments, environment):
    start = time.monotonic()
    subprocess.run(["dotnet", tool, "train", *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, **environment})
    return time.monotonic() - start


def work(folder):
    rows = open(os.path.join(here, "assets", "data", "support-tickets.tsv"), encoding="utf-8").read().splitlines()
    data = os.path.join(folder, "rows.tsv")
    open(data, "w", encoding="utf-8").write("\n".join([rows[0]] + rows[1:60]) + "\n")
    return ["--data", data, "--text", rows[0].split("\t")[0], "--label", rows[0].split("\t")[1], "--epochs", "4", "--save", os.path.join(folder, "m.zip")]


def main():
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    figures = {name: {"idle": [], "loaded": []} for name in settings}
    with tempfile.TemporaryDirectory() as folder:
        arguments = work(folder)
        for state in ("idle", "loaded"):
            busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2 * cores if state == "loaded" else 0)]
            try:
                for _ in range(rounds):
                    for name, (extra, environment) in settings.items():
                        figures[name][state].append(seconds(arguments + extra, environment))
                        print(f"{state:7} {name:24} {figures[name][state][-1]:7.2f} s", flush=True)
            finally:
                for process in busy:
                    process.kill()
    medians = {name: {state: round(statistics.median(f), 2) for state, f in by.items()} for name, by in figures.items()}
    best = {state: min(m[state] for m in medians.values()) for state in ("idle", "loaded")}
    result = {
        "command": " ".join(["benchmarks/threads/run.py", *sys.argv[1:]]), "cores": cores, "processor": processor(), "system": platform.platform(),
        "busy_processes": 2 * cores, "rounds": rounds, "seconds": medians,
        "times_the_best": {n: {s: round(m[s] / best[s], 2) for s in m} for n, m in medians.items()},
    }
    json.dump(result, open(sys.argv[1], "w"), indent=2)
    print(json.dumps(result["times_the_best"], indent=2))


def processor():
    try:
        return next(line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()


main()

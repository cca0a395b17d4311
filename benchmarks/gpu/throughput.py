#!/usr/bin/env python3
"""Training and prediction throughput on a RoBERTa-base-sized model of random weights: this library and Python (transformers, peft)
on the same token batches and in the same precision, round by round in turn. Prints a table and writes JSON.

    throughput.py [--device cuda] [--rounds 3] [--batches 40] [--rows 32] [--output FILE]
    throughput.py --write-work FILE     only writes the work for `Benchmarks throughput`; needs no torch
"""
import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time

FLOAT32, BFLOAT16 = "float32", "bfloat16"


def make_work(arguments):
    """Batches of token ids: rows of one length, and rows whose lengths differ as those of short texts do."""
    source = random.Random(1)

    def row(length):
        return [0] + [source.randrange(10, arguments.vocabulary) for _ in range(length - 2)] + [2]

    def batch(length):
        return [row(length()) for _ in range(arguments.rows)]

    short_texts = lambda: max(8, min(128, int(source.lognormvariate(3.2, 0.6))))
    return {
        "vocabulary": arguments.vocabulary, "hidden": arguments.hidden, "layers": arguments.layers, "heads": arguments.hidden // 64,
        "rank": 8, "warmup": arguments.warmup,
        "batches": {
            "128 tokens": [batch(lambda: 128) for _ in range(arguments.batches)],
            "short texts": [batch(short_texts) for _ in range(arguments.batches)],
        },
    }


def ours(work_file, device):
    """The same work by `Benchmarks throughput`, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        result = os.path.join(folder, "result.json")
        program = os.environ.get("DELORA_BENCHMARKS", "artifacts/bin/Benchmarks/release/Benchmarks.dll")
        command = ["dotnet", program] if program.endswith(".dll") else [program]
        subprocess.run([*command, "throughput", work_file, result, device], check=True)
        with open(result) as file:
            return json.load(file)


class PythonSide:
    """transformers' RobertaForSequenceClassification, peft's LoRA, torch's AdamW; padded to the longest row of a batch."""

    def __init__(self, work, device):
        import torch
        self.torch, self.work, self.device = torch, work, torch.device(device)

    def tokens_per_second(self):
        speeds = {}
        for lengths, batches in self.work["batches"].items():
            for precision in (FLOAT32, BFLOAT16):
                for training in ("lora", "full"):
                    self.note(speeds, f"train {training}, {lengths}, {precision}", self.training(batches, training, precision))
                self.note(speeds, f"predict, {lengths}, {precision}", self.prediction(batches, precision))
        return speeds

    @staticmethod
    def note(speeds, what, speed):
        print(f"Python  {what}: {speed:,.0f} tokens/s", flush=True)
        speeds[what] = speed

    def model(self, training=None):
        from transformers import RobertaConfig, RobertaForSequenceClassification
        work = self.work
        model = RobertaForSequenceClassification(RobertaConfig(
            vocab_size=work["vocabulary"], hidden_size=work["hidden"], num_hidden_layers=work["layers"],
            num_attention_heads=work["heads"], intermediate_size=4 * work["hidden"], max_position_embeddings=514, type_vocab_size=1,
            layer_norm_eps=1e-5, num_labels=2))
        if training == "lora":
            from peft import LoraConfig, get_peft_model
            model = get_peft_model(model, LoraConfig(
                r=work["rank"], lora_alpha=work["rank"], target_modules=["query", "value"], task_type="SEQ_CLS"))
        return model.to(self.device)

    def precision(self, precision):
        return self.torch.autocast(self.device.type, dtype=self.torch.bfloat16, enabled=precision == BFLOAT16)

    def tensors(self, rows):
        longest = max(len(row) for row in rows)
        ids = self.torch.tensor([row + [1] * (longest - len(row)) for row in rows])
        return {"input_ids": ids.to(self.device), "attention_mask": (ids != 1).long().to(self.device)}

    def training(self, batches, training, precision):
        model = self.model(training).train()
        optimizer = self.torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-5)
        labels = self.torch.arange(len(batches[0]), device=self.device) % 2

        def step(rows):
            with self.precision(precision):
                loss = model(**self.tensors(rows), labels=labels).loss
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()

        return self.measure(batches, step)

    def prediction(self, batches, precision):
        model = self.model().eval()

        def predict(rows):
            with self.torch.inference_mode(), self.precision(precision):
                model(**self.tensors(rows)).logits.cpu()

        return self.measure(batches, predict)

    def measure(self, batches, compute):
        start = None
        for number, rows in enumerate(batches):
            if number == self.work["warmup"]:
                self.settle()
                start = time.perf_counter()
            compute(rows)
        self.settle()
        return sum(len(row) for rows in batches[self.work["warmup"]:] for row in rows) / (time.perf_counter() - start)

    def settle(self):
        if self.device.type == "cuda":
            self.torch.cuda.synchronize()


def environment(device):
    import peft
    import torch
    import transformers
    name = torch.cuda.get_device_name() if device.startswith("cuda") else "cpu"
    return {"device": name, "torch": torch.__version__, "transformers": transformers.__version__, "peft": peft.__version__,
            "tf32_matmul": torch.backends.cuda.matmul.allow_tf32, "python": sys.version.split()[0]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--batches", type=int, default=40)
    parser.add_argument("--warmup", type=int, default=10)
    parser.add_argument("--rows", type=int, default=32)
    parser.add_argument("--hidden", type=int, default=768)
    parser.add_argument("--layers", type=int, default=12)
    parser.add_argument("--vocabulary", type=int, default=50265)
    parser.add_argument("--output", default="throughput.json")
    parser.add_argument("--write-work")
    arguments = parser.parse_args()
    if arguments.warmup >= arguments.batches:
        parser.error("--warmup must be below --batches")

    work = make_work(arguments)
    if arguments.write_work:
        with open(arguments.write_work, "w") as file:
            json.dump(work, file)
        return

    rounds = []
    with tempfile.TemporaryDirectory() as folder:
        work_file = os.path.join(folder, "work.json")
        with open(work_file, "w") as file:
            json.dump(work, file)
        for number in range(arguments.rounds):
            print(f"== round {number + 1} of {arguments.rounds}", flush=True)
            rounds.append((ours(work_file, arguments.device), PythonSide(work, arguments.device).tokens_per_second()))

    table = {}
    for what in rounds[0][1]:
        own = statistics.median(mine["tokensPerSecond"][what] for mine, _ in rounds)
        python = statistics.median(theirs[what] for _, theirs in rounds)
        table[what] = {"ours": round(own), "python": round(python), "ratio": round(own / python, 3)}
        print(f"{what:42} ours {own:12,.0f}   Python {python:12,.0f}   ratio {own / python:.2f}")
    with open(arguments.output, "w") as file:
        json.dump({
            "command": " ".join(["benchmarks/gpu/throughput.py", *sys.argv[1:]]),
            "unit": "tokens per second, padding not counted; medians of the rounds",
            "model": {key: work[key] for key in ("vocabulary", "hidden", "layers", "heads", "rank")},
            "rows": arguments.rows, "timed_batches": arguments.batches - arguments.warmup, "rounds": arguments.rounds,
            "ours": {key: rounds[0][0][key] for key in ("environment", "libtorch")},
            "python": environment(arguments.device),
            "result": table,
        }, file, indent=2)
        file.write("\n")


if __name__ == "__main__":
    main()

using System.CommandLine;

namespace Microsoft.ML.DeLoRA.Cli.Shell;

/// <summary>
/// What help knows of commands and options beyond their descriptions: where they stand, what their values are called, and examples.
/// </summary>
internal static class HelpTopics
{
    /// <summary>The heading of options that no group names.</summary>
    public const string OtherOptions = "Other options";

    /// <summary>The commands by what they are for.</summary>
    public static readonly (string Heading, string[] Commands)[] Commands =
    [
        ("Your own data", ["train", "evaluate", "predict", "info", "methods"]),
        ("Python's PEFT", ["export", "import"]),
        ("Experiments", ["glue", "robustness"]),
        ("This machine", ["doctor"]),
    ];

    /// <summary>
    /// The options by group, each with what its value is called (empty: by its type). An option of one name means the same in every
    /// command. Required ones come before all groups.
    /// </summary>
    public static readonly (string Heading, (string Name, string Value)[] Options)[] Groups =
    [
        ("Data",
        [
            ("--data", "FILE"), ("--text", "COLUMN"), ("--text2", "COLUMN"), ("--label", "COLUMN"), ("--task", "TASK"),
            ("--label-separator", "TEXT"), ("--separator", "TEXT"), ("--no-header", ""), ("--jsonl", ""), ("--eval", "FILE"),
            ("--eval-fraction", "SHARE"), ("--metric", "NAMES"), ("--max-length", "TOKENS"), ("--max-rows", "ROWS"),
            ("--corpus", "FILES"), ("--mix", "SHARES"), ("--labels", "NAMES"), ("--pairs", ""),
        ]),
        ("Model",
        [
            ("--model", "FILE"), ("--base", "DIR"), ("--peft", "DIR"), ("--vocabulary", "TOKENS"), ("--hidden", ""), ("--layers", ""),
            ("--heads", ""),
        ]),
        ("Method",
        [
            ("--method", "NAME"), ("--rank", ""), ("--lambda", ""), ("--dropout", "SHARE"), ("--set", "NAME=VALUE"),
        ]),
        ("Training",
        [
            ("--epochs", ""), ("--steps", ""), ("--batch", "ROWS"), ("--batch-tokens", "TOKENS"),
            ("--gradient-accumulation", "BATCHES"), ("--length", "TOKENS"), ("--long-length", "TOKENS"), ("--long-share", "SHARE"),
            ("--learning-rate", "RATE"), ("--lambda-learning-rate", "RATE"), ("--head-learning-rate", "RATE"),
            ("--matrix-learning-rate", "RATE"), ("--warmup-ratio", "SHARE"), ("--warmup-steps", ""), ("--schedule", "NAME"),
            ("--constant", ""),
            ("--beta1", ""), ("--beta2", ""), ("--epsilon", ""),
            ("--weight-decay", ""), ("--lambda-weight-decay", ""), ("--max-gradient-norm", ""), ("--class-weights", "WEIGHTS"),
            ("--label-smoothing", "SHARE"), ("--focal", ""), ("--mask-ratio", "SHARE"), ("--patience", "TIMES"), ("--min-delta", ""),
            ("--eval-every-steps", "STEPS"), ("--factors", "NUMBERS"), ("--sweep", "NAMES"), ("--module", "NAME"), ("--seed", ""),
            ("--seeds", "NUMBERS"),
        ]),
        ("Run",
        [
            ("--device", "NAME"), ("--threads", ""), ("--waiting", "HOW"), ("--precision", "FORMAT"), ("--bfloat16", ""), ("--float32", ""),
            ("--minutes", ""), ("--checkpoints", "DIR"), ("--checkpoint-every-steps", "STEPS"),
            ("--checkpoint-every-minutes", "MINUTES"), ("--checkpoint-minutes", "MINUTES"), ("--checkpoint-keep", ""), ("--resume", ""),
        ]),
        ("Output",
        [
            ("--save", "FILE"), ("--output", "DIR"), ("--report", "FILE"), ("--json", ""), ("--all-scores", ""), ("--top", ""),
            ("--as-lora", ""), ("--format", "NAME"), ("--base-name", "NAME"), ("--log-csv", "FILE"), ("--log-tensorboard", "DIR"),
            ("--repair", "DIR"), ("--verbose", ""), ("--help", ""), ("--version", ""),
        ]),
    ];

    /// <summary>Command lines that work, by command; the root's are under the empty name.</summary>
    public static readonly IReadOnlyDictionary<string, string[]> Examples = new Dictionary<string, string[]>
    {
        [""] =
        [
            "delora train --data tickets.tsv --text Text --label Intent --eval-fraction 0.1 --save tickets.zip",
            "delora evaluate --model tickets.zip --data test.tsv",
            "delora predict --model tickets.zip \"my card was declined\"",
        ],
        ["train"] =
        [
            "delora train --data tickets.tsv --text Text --label Intent --eval-fraction 0.1 --save tickets.zip",
            "delora train --data pairs.csv --text A --text2 B --label Score --task regression --base roberta-base --save pairs.zip",
            "delora train --data tickets.tsv --text Text --label Intent --method LoRA --rank 16 --set alpha=32 --save lora.zip",
        ],
        ["evaluate"] =
        [
            "delora evaluate --model tickets.zip --data test.tsv --text Text --label Intent",
            "delora evaluate --model tickets.zip --data test.csv --text Text --label Intent --json",
        ],
        ["predict"] =
        [
            "delora predict --model tickets.zip \"my card was declined\" \"how do I log in?\"",
            "delora predict --model tickets.zip --data new.tsv --top 3",
            "delora predict --model tickets.zip -- \"-- a text that begins with hyphens\"",
        ],
        ["info"] =
        [
            "delora info tickets.zip",
            "delora info tickets.zip --json",
        ],
        ["methods"] =
        [
            "delora methods",
            "delora methods DeLoRA LoRA",
        ],
        ["doctor"] =
        [
            "delora doctor",
            "delora doctor --repair bin/Release/net10.0",
        ],
        ["export"] =
        [
            "delora export --model tickets.zip --peft tickets-peft --base-name roberta-base",
            "delora export --model tickets.zip --peft tickets-lora --format lora",
        ],
        ["import"] =
        [
            "delora import --peft my-adapter --base roberta-base --labels negative positive --save sentiment.zip",
            "delora import --peft my-adapter --base roberta-base --task multilabel --labels billing login speed --save topics.zip",
        ],
        ["glue"] =
        [
            "delora glue --task rte,mrpc --method DeLoRA,LoRA --base roberta-base --data glue_data --output glue-results",
            "delora glue --task cola --method DeLoRA --set DeLoRA.lambda=7 --learning-rate DeLoRA=4e-3 --seeds 42 --max-rows 1000",
        ],
        ["robustness"] =
        [
            "delora robustness --task sst2 --method DeLoRA,LoRA --factors 0.25,1,4,16 --data glue_data --output robustness-results",
            "delora robustness --report robustness-results/robustness-sst2.json --output report",
        ],
        ["pretrain"] =
        [
            "pretrain --corpus wiki.txt.gz books.txt --output roberta-mine",
            "pretrain --corpus wiki.txt --output roberta-mine --steps 20000 --hidden 384 --heads 6 --device cuda --minutes 60",
        ],
    };

    /// <summary>Options in the order of the groups.</summary>
    public static IEnumerable<Option> Sort(IEnumerable<Option> options) => options.OrderBy(o => Place(o).Order);

    /// <summary>The heading under which an option stands, what its value is called, and its place among all options.</summary>
    public static (string Heading, string Value, int Order) Place(Option option)
    {
        int order = 0;
        foreach ((string heading, (string Name, string Value)[] options) in Groups)
        {
            foreach ((string name, string value) in options)
            {
                if (name == option.Name)
                    return (heading, value, order);
                order++;
            }
        }
        return (OtherOptions, "", order);
    }
}

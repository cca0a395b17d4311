using System.CommandLine;
using System.Text.Json;
using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Tests.Experiments.Glue;
using Microsoft.ML.DeLoRA.Tests.Models;

namespace Microsoft.ML.DeLoRA.Tests.Cli.Shell;

/// <summary>
/// Every option of every command with values that nobody means, all else being right and all files there: each is refused in one line, or
/// does what it says.
/// </summary>
[Collection("console")]
public class HostileValueTests(HostileValueTests.Files files) : IClassFixture<HostileValueTests.Files>
{
    private static readonly string[] _numbers =
        ["NaN", "Infinity", "-Infinity", "-1", "0", "1e300", "-1e300", "2147483648", "1,5", "", " ", "x", "0x10"];
    private static readonly string[] _texts = ["", " ", ",", "=", "a=b", "(", "*", "[{", "NaN", "-1", "0", "1e300", "2147483648", "\t",
        "e\u0301\ud83d\ude00", new string('x', 5000)];

    // What the command writes: such names go into a folder of the test's.
    private static readonly string[] _written = ["--save", "--output", "--peft", "--checkpoints", "--log-csv", "--log-tensorboard"];

    /// <summary>Numbers that an option takes, and why that is right. All others have to be refused.</summary>
    private static readonly Dictionary<string, string[]> _taken = new()
    {
        // Any whole number is a seed.
        ["--seed"] = ["-1", "0"],
        // A strength may have either sign, and size is a matter of taste.
        ["--lambda"] = ["-1", "0", "2147483648"],
        // Finite numbers of at least 0, however unwise.
        ["--learning-rate"] = ["0", "2147483648"],
        ["--lambda-learning-rate"] = ["0", "2147483648"],
        ["--head-learning-rate"] = ["0", "2147483648"],
        ["--matrix-learning-rate"] = ["0", "2147483648"],
        ["--weight-decay"] = ["0", "2147483648"],
        ["--lambda-weight-decay"] = ["0", "2147483648"],
        ["--focal"] = ["0", "2147483648"],
        ["--min-delta"] = ["0", "2147483648"],
        ["--mix"] = ["2147483648"],
        ["--max-gradient-norm"] = ["2147483648"],
        ["--epsilon"] = ["2147483648"],
        // Shares and times that may be nothing.
        ["--warmup-ratio"] = ["0"],
        ["--warmup-steps"] = ["0"],
        ["--beta1"] = ["0"],
        ["--beta2"] = ["0"],
        ["--label-smoothing"] = ["0"],
        ["--dropout"] = ["0"],
        ["--long-share"] = ["0"],
        ["--minutes"] = ["0"],
        ["--checkpoint-minutes"] = ["0"],
    };

    public static TheoryData<string, string> Options() => new(
        from command in Programs.Commands
        from option in Programs.OptionsOf(command.Name)
        where option.Arity.MaximumNumberOfValues > 0
        select (command.Name, option.Name));

    [Theory]
    [MemberData(nameof(Options))]
    public async Task Is_refused_in_one_line_or_means_what_it_says(string command, string option)
    {
        Option found = Programs.OptionsOf(command).Single(o => o.Name == option);
        bool isNumber = found.ValueType == typeof(double[])
            || Nullable.GetUnderlyingType(found.ValueType) is not null || found.ValueType.IsPrimitive;
        foreach (string value in isNumber ? _numbers : _texts)
        {
            ToolRun run = await ToolRun.Of(files.Line(command, option, value));
            if (run.Status != 0)
            {
                string complaint = run.Complaint();
                Assert.InRange(complaint.Length, 10, 20_000);
                continue;
            }
            if (isNumber)
                Assert.True(_taken.GetValueOrDefault(option, []).Contains(value),
                    $"delora {command} {option} '{value}' was taken: {string.Join('\n', run.Errors)}");
        }
    }

    public static TheoryData<string, string> MethodOptions() => new(
        from method in AdapterMethods.All
        from option in method.GetType().GetProperties()
        where option.CanWrite
        select (method.Name, JsonNamingPolicy.SnakeCaseLower.ConvertName(option.Name)));

    [Theory]
    [MemberData(nameof(MethodOptions))]
    public async Task So_is_every_option_of_every_method(string method, string option)
    {
        foreach (string value in new[] { "NaN", "-1", "0", "1e300", "2147483648", "", "x", "null", "[]", "{}", "[null]", "{\"query\":null}",
            "{\"query\":-1}", "[2147483648]" })
        {
            ToolRun run = await ToolRun.Of([.. files.Line("train", "--method", method), "--set", $"{option}={value}"]);
            if (run.Status != 0)
                Assert.NotEmpty(run.Complaint());
        }
    }

    [Fact]
    public async Task More_steps_than_can_be_counted_are_refused()
        => Assert.Equal("--epochs is 2147483647, with 3 steps each; it must be at most 715827882.",
            (await ToolRun.Of([.. files.Line("train", "--epochs", "2147483647"), "--batch", "2"])).Complaint());

    /// <summary>One whole set of files that the commands read, on a tiny model; what they write goes elsewhere each time.</summary>
    public sealed class Files : IDisposable
    {
        private readonly TemporaryDirectory _folder = new();
        private readonly Dictionary<string, Dictionary<string, string>> _lines;
        private int _count;

        public Files()
        {
            File.WriteAllLines(_folder["train.tsv"],
                ["Text\tClass", .. Enumerable.Range(0, 8).Select(i => i % 2 == 0 ? $"abcde{i}\tlow" : $"vwxyz{i}\thigh")]);
            File.WriteAllLines(_folder["corpus.txt"], Enumerable.Repeat("the cat sat on a mat and saw dogs run", 200));
            GlueFiles.WriteRte(_folder["glue"], 10, 10);
            Dictionary<string, string> train = new()
            {
                ["--data"] = _folder["train.tsv"], ["--text"] = "Text", ["--label"] = "Class", ["--save"] = _folder["model.zip"],
                ["--base"] = TinyBase.Directory,
                ["--epochs"] = "1", ["--eval-fraction"] = "0.25",
            };
            Assert.Equal(0, ToolRun.Of([.. Flat("train", train)]).GetAwaiter().GetResult().Status);
            Assert.Equal(0, ToolRun.Of("export", "--model", _folder["model.zip"], "--peft", _folder["peft"], "--as-lora").GetAwaiter()
                .GetResult().Status);
            train["--save"] = "NEW.zip";
            train["--checkpoints"] = "NEW";
            Dictionary<string, string> glue = new()
            {
                ["--task"] = "rte", ["--method"] = "DeLoRA", ["--seeds"] = "1", ["--base"] = TinyBase.Directory,
                ["--data"] = _folder["glue"], ["--output"] = "NEW",
                ["--epochs"] = "1", ["--max-rows"] = "8",
            };
            _lines = new()
            {
                ["train"] = train,
                ["evaluate"] = new()
                {
                    ["--model"] = _folder["model.zip"], ["--data"] = _folder["train.tsv"], ["--text"] = "Text",
                    ["--label"] = "Class"
                },
                ["predict"] = new() { ["--model"] = _folder["model.zip"], ["--data"] = _folder["train.tsv"], ["--text"] = "Text" },
                ["export"] = new() { ["--model"] = _folder["model.zip"], ["--peft"] = "NEW" },
                ["import"] = new()
                {
                    ["--peft"] = _folder["peft"], ["--base"] = TinyBase.Directory, ["--labels"] = "low,high",
                    ["--save"] = "NEW.zip"
                },
                ["glue"] = glue,
                ["robustness"] = new(glue) { ["--factors"] = "1" },
                ["pretrain"] = new()
                {
                    ["--corpus"] = _folder["corpus.txt"], ["--output"] = "NEW", ["--vocabulary"] = "300", ["--hidden"] = "16",
                    ["--layers"] = "1", ["--heads"] = "2",
                    ["--steps"] = "2", ["--batch-tokens"] = "64", ["--length"] = "8", ["--long-length"] = "16",
                },
            };
        }

        /// <summary>A command line that is right but for the value of one option.</summary>
        public string[] Line(string command, string option, string value)
        {
            string fresh = _folder[$"new-{_count++}"];
            Dictionary<string, string> line = _lines.GetValueOrDefault(command, [])
                .ToDictionary(p => p.Key, p => p.Value.StartsWith("NEW", StringComparison.Ordinal) ? fresh + p.Value[3..] : p.Value);
            if (command == "train" && option == "--eval")
                line.Remove("--eval-fraction");
            if (option == "--min-delta")
                line["--patience"] = "3";
            line[option] = _written.Contains(option) && (command, option) != ("import", "--peft") && value.Length > 0
                ? Path.Combine(fresh, value)
                : value;
            return [.. Flat(command, line)];
        }

        public void Dispose() => _folder.Dispose();

        private static IEnumerable<string> Flat(string command, Dictionary<string, string> line)
            => line.SelectMany(p => new[] { p.Key }.Concat(p.Key == "--labels" ? p.Value.Split(',') : [p.Value])).Prepend(command);
    }
}

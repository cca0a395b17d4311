using System.CommandLine;
using Microsoft.ML.DeLoRA.Cli.Tables;
using Microsoft.ML.DeLoRA.Experiments.Glue;
using Microsoft.ML.DeLoRA.Models;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary><c>delora glue</c>: the paper's GLUE protocol, one run for each task, method and seed.</summary>
internal static class GlueCommand
{
    private const string AllTasks = "all";

    public static System.CommandLine.Command Create()
    {
        Option<string> task = Values.Option("--task",
            $"Tasks: {string.Join(", ", GlueTasks.All.Select(t => t.Configuration))}; several with commas, or all", AllTasks);
        var methods = new MethodSettings("DeLoRA");
        Option<string> @base = Values.Option("--base", "Hugging Face directory of a RoBERTa model", BaseModel.EmbeddedName);
        Option<string> seeds = Values.Option("--seeds", "Seeds, several with commas", "42,43,44,45,46");
        var common = new GlueRunOptions();
        Option<string> output = Values.Option("--output",
            "Folder of the result files; runs whose file is there already are not repeated", "glue-results");
        var maxRows = new Option<int?>("--max-rows") { Description = "Training rows, drawn by the seed, for a quick trial" };
        var epochs = new Option<int?>("--epochs") { Description = "Passes over the training rows; as in the paper when not given" };
        var batch = new Option<int?>("--batch") { Description = "Rows of a step; as in the paper when not given" };
        var lambdaRate = new Option<double?>("--lambda-learning-rate")
        {
            Description = "Peak learning rate of lambda; as in the paper when not given",
        };
        var headRate = new Option<double?>("--head-learning-rate")
        {
            Description = "Peak learning rate of the head; as --learning-rate when not given",
        };
        Option<bool> bfloat16 = Values.Option("--bfloat16", "Frozen products in bfloat16 instead of float32", false);

        var command = new System.CommandLine.Command("glue", "Trains and tests on GLUE by the DeLoRA paper's protocol")
        {
            task, @base, seeds, output, maxRows, epochs, batch, lambdaRate, headRate, bfloat16,
        };
        methods.AddTo(command);
        common.AddTo(command);
        command.SetAction((arguments, cancellation) => Task.Run(() =>
        {
            Outputs.CheckDirectory(output.Name, arguments.GetRequiredValue(output));
            GlueDirectory directory = common.Data(arguments);
            GlueTask[] tasks = Tasks(arguments.GetRequiredValue(task), directory);
            int[] chosenSeeds = List.Seeds(arguments.GetRequiredValue(seeds));
            GlueRun[] runs =
            [
                .. from t in tasks
                   from m in methods.Methods(arguments)
                   from s in chosenSeeds
                   let settings = methods.Apply(arguments, m, GlueSettings.Preset(t, m, s))
                   select new GlueRun(Settings(arguments, settings), directory, arguments.GetRequiredValue(output)),
            ];
            Console.Write(GlueTable.Create(GlueRunOptions.Run(() => Run(runs, cancellation))));
        }, cancellation));
        return command;

        GlueSettings Settings(ParseResult arguments, GlueSettings preset) => common.Read(arguments, preset) with
        {
            BaseModel = arguments.GetRequiredValue(@base),
            MaxRows = arguments.GetValue(maxRows),
            Precision = arguments.GetValue(bfloat16) ? ComputePrecision.BFloat16 : ComputePrecision.Float32,
            Training = preset.Training with
            {
                Epochs = arguments.GetValue(epochs) ?? preset.Training.Epochs,
                BatchSize = arguments.GetValue(batch) ?? preset.Training.BatchSize,
                LambdaLearningRate = arguments.GetValue(lambdaRate) ?? preset.Training.LambdaLearningRate,
                HeadLearningRate = arguments.GetValue(headRate),
            },
        };
    }

    private static List<GlueResult> Run(GlueRun[] runs, CancellationToken cancellation)
    {
        var results = new List<GlueResult>();
        foreach (GlueRun run in runs)
        {
            string name = $"{run.Settings.Task.Name}, {run.Settings.Method}, seed {run.Settings.Training.SeedOrZero}";
            Console.Error.WriteLine($"Run {results.Count + 1} of {runs.Length}: {name}{(run.Result is null ? "" : " (done before)")}");
            GlueResult result = run.Run(new GlueConsole(), cancellation);
            results.Add(result);
            string best = result.BestEpoch is { } epoch ? $"best epoch {epoch}" : "diverged";
            Console.Error.WriteLine(FormattableString.Invariant(
                $"{name}: {result.Metric} {result.Value:F4} on {result.TestRows} test rows, {best}, {result.Seconds:F0} s"));
        }
        return results;
    }

    // With "all", what is not there is named and passed over.
    private static GlueTask[] Tasks(string names, GlueDirectory directory)
    {
        if (names != AllTasks)
            return [.. List.Parse(names, "--task").Select(GlueTasks.Find)];
        var tasks = new List<GlueTask>();
        foreach (GlueTask task in GlueTasks.All)
        {
            try
            {
                directory.Check(task);
                tasks.Add(task);
            }
            catch (FileNotFoundException e)
            {
                Console.Error.WriteLine($"{e.Message} {task.Name} is left out.");
            }
        }
        return tasks.Count > 0 ? [.. tasks] : throw new UsageException("There is no data of any GLUE task; see --data.");
    }
}

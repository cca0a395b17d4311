using System.CommandLine;
using System.Globalization;
using Microsoft.ML.DeLoRA.Cli.Tables;
using Microsoft.ML.DeLoRA.Experiments.Glue;
using Microsoft.ML.DeLoRA.Experiments.Robustness;
using Microsoft.ML.DeLoRA.Models;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary><c>delora robustness</c>: the paper's sweeps of the learning rate, and a report of them.</summary>
internal static class RobustnessCommand
{
    public static System.CommandLine.Command Create()
    {
        Option<string> task = Values.Option("--task", $"The task: {string.Join(", ", GlueTasks.All.Select(t => t.Configuration))}", "rte");
        var methods = new MethodSettings("DeLoRA,LoRA,DoRA,ETHER+");
        Option<string> factors = Values.Option("--factors",
            "What the base learning rates are multiplied by, several with commas", "0.125,0.25,0.5,1,2,4,8,16,32,64");
        Option<string> sweep = Values.Option("--sweep",
            "Which rates are multiplied: both, lambda (only), ba (only); several with commas", "both");
        Option<string> seeds = Values.Option("--seeds", "Seeds, several with commas", "42");
        Option<string> @base = Values.Option("--base", "Hugging Face directory of a RoBERTa model", BaseModel.EmbeddedName);
        var common = new GlueRunOptions();
        Option<string> output = Values.Option("--output",
            "Folder of the report; runs whose file is in its folder 'runs' already are not repeated", "robustness-results");
        var module = new Option<string?>("--module")
        {
            Description = "Linear layer whose distance is measured; the query of the middle layer when not given",
        };
        var maxRows = new Option<int?>("--max-rows") { Description = "Training rows, drawn by the seed, for a quick trial" };
        var epochs = new Option<int?>("--epochs") { Description = "Passes over the training rows; as in the paper when not given" };
        Option<double> lambdaRate = Values.Option("--lambda-learning-rate",
            "Base learning rate of lambda", RobustnessSettings.LambdaLearningRate);
        var headRate = new Option<double?>("--head-learning-rate")
        {
            Description = "Learning rate of the head, not multiplied; the method's base rate when not given",
        };
        Option<bool> constant = Values.Option("--constant", "Keep the learning rate after the warm-up, for prolonged training", false);
        var report = new Option<string?>("--report")
        {
            Description = "JSON file of an earlier report, which is written anew; nothing is run",
        };

        var command = new System.CommandLine.Command("robustness",
            "Sweeps the learning rate as the DeLoRA paper does, and reports metric and distance from the pretrained weights")
        {
            task, factors, sweep, seeds, @base, output, module, maxRows, epochs, lambdaRate, headRate, constant, report,
        };
        methods.AddTo(command);
        common.AddTo(command);
        command.SetAction((arguments, cancellation) => Task.Run(() =>
        {
            Outputs.CheckDirectory(output.Name, arguments.GetRequiredValue(output));
            if (arguments.GetValue(report) is string file)
            {
                Console.WriteLine(RobustnessReport.Read(file).Write(arguments.GetRequiredValue(output)));
                return;
            }
            GlueTask chosenTask = GlueTasks.Find(arguments.GetRequiredValue(task));
            using BaseModel baseModel = BaseModel.Open(arguments.GetRequiredValue(@base));
            string chosenModule = arguments.GetValue(module) ?? RobustnessSettings.MiddleQuery(baseModel.Configuration);
            GlueDirectory directory = common.Data(arguments);
            string folder = arguments.GetRequiredValue(output);
            RobustnessRun[] runs =
            [
                .. from m in methods.Methods(arguments)
                   from s in List.Parse(arguments.GetRequiredValue(sweep), "--sweep").Select(Sweep)
                   from f in List.Parse(arguments.GetRequiredValue(factors), "--factors").Select(t => Number(t, "--factors"))
                   from seed in List.Seeds(arguments.GetRequiredValue(seeds))
                   let preset = RobustnessSettings.Preset(chosenTask, m, seed, chosenModule)
                   let run = Settings(arguments, methods.Apply(arguments, m, preset.Base))
                   let settings = preset with { Sweep = s, Factor = f, Base = run }
                   select new RobustnessRun(settings, directory, Path.Combine(folder, "runs"), Path.Combine(folder, "checkpoints")),
            ];
            List<RobustnessResult> results = GlueRunOptions.Run(() => Run(runs, cancellation));
            Console.WriteLine(new RobustnessReport(results, ProjectionNorm.Measure(baseModel)).Write(folder));
        }, cancellation));
        return command;

        GlueSettings Settings(ParseResult arguments, GlueSettings preset) => common.Read(arguments, preset) with
        {
            BaseModel = arguments.GetRequiredValue(@base),
            MaxRows = arguments.GetValue(maxRows),
            Training = preset.Training with
            {
                Epochs = arguments.GetValue(epochs) ?? preset.Training.Epochs,
                LambdaLearningRate = preset.Training.LambdaLearningRate is null ? null : arguments.GetRequiredValue(lambdaRate),
                HeadLearningRate = arguments.GetValue(headRate),
                Schedule = arguments.GetValue(constant) ? new ConstantSchedule() : preset.Training.Schedule,
            },
        };
    }

    private static List<RobustnessResult> Run(RobustnessRun[] runs, CancellationToken cancellation)
    {
        var results = new List<RobustnessResult>();
        foreach (RobustnessRun run in runs)
        {
            string number = $"{results.Count + 1} of {runs.Length}{(run.Result is null ? "" : ", done before")}";
            RobustnessResult result = run.Run(new GlueConsole(), cancellation);
            results.Add(result);
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{result.Series}, factor {result.Factor}, seed {result.Run.Seed} ({number}): {result.Run.Metric} {result.Run.Value:F4}, "
                + $"distance {result.Distance:G4}, {result.Run.Seconds:F0} s"));
        }
        return results;
    }

    private static RobustnessSweep Sweep(string name)
        => Enum.GetNames<RobustnessSweep>().Contains(name, StringComparer.OrdinalIgnoreCase)
            ? Enum.Parse<RobustnessSweep>(name, ignoreCase: true)
            : throw new UsageException($"--sweep: there is no sweep '{name}'. There are: both, lambda, ba.");

    private static double Number(string text, string option)
        => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)
            ? number
            : throw new UsageException($"{option}: '{text}' is no number.");
}

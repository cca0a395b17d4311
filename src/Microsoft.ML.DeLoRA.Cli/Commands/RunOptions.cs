using System.CommandLine;
using System.Globalization;
using Microsoft.ML.DeLoRA.Cli.Tables;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary>The options on checkpoints, the end of training, the loss and logs: what every command that trains takes.</summary>
internal sealed class RunOptions
{
    private readonly Option<string?> _checkpoints =
        new("--checkpoints") { Description = "Directory of the run's checkpoints; also written on Ctrl+C and SIGTERM" };
    private readonly Option<int?> _everySteps = new("--checkpoint-every-steps") { Description = "Steps between two checkpoints" };
    private readonly Option<double?> _everyMinutes =
        new("--checkpoint-every-minutes") { Description = "Minutes between two checkpoints; 10 when no steps are given" };
    private readonly Option<int> _keep = Values.Option("--checkpoint-keep",
        "How many of the newest checkpoints are kept, beside the best one's", 3);
    private readonly Option<bool> _resume =
        new("--resume") { Description = "Go on from the newest checkpoint, or begin when there is none" };
    private readonly Option<int?> _patience =
        new("--patience") { Description = "Stop after so many evaluations without gain; needs --eval or --eval-fraction" };
    private readonly Option<double> _minDelta = Values.Option("--min-delta", "What counts as gain for --patience", 0.0);
    private readonly Option<int?> _evaluateEvery = new("--eval-every-steps") { Description = "Evaluate also after every so many steps" };
    private readonly Option<double> _smoothing = Values.Option("--label-smoothing",
        "Share of each target that is spread over all classes", 0.0);
    private readonly Option<string?> _weights =
        new("--class-weights") { Description = "balanced, or a weight for each class by first appearance: 1,2.5" };
    private readonly Option<double?> _focal = new("--focal") { Description = "Focal loss with this exponent, such as 2" };
    private readonly Option<string?> _csv =
        new("--log-csv") { Description = "CSV file with loss, learning rate, speed and validation figures" };
    private readonly Option<string?> _tensorBoard = new("--log-tensorboard") { Description = "Directory of a TensorBoard event file" };

    public void AddTo(System.CommandLine.Command command)
    {
        Option[] options =
        [
            _checkpoints, _everySteps, _everyMinutes, _keep, _resume, _patience, _minDelta, _evaluateEvery,
            _smoothing, _weights, _focal, _csv, _tensorBoard,
        ];
        foreach (Option option in options)
            command.Add(option);
    }

    /// <summary>An option that was given and means nothing without rows to evaluate; null: none.</summary>
    public string? NeedsEvaluation(ParseResult arguments)
        => arguments.GetValue(_patience) is not null ? _patience.Name
            : arguments.GetValue(_evaluateEvery) is not null ? _evaluateEvery.Name
            : null;

    /// <summary>The options with what was given.</summary>
    /// <exception cref="UsageException">An option means nothing without another one, or is out of range.</exception>
    public TrainingOptions Read(ParseResult arguments, TrainingOptions options)
    {
        if (IsGiven(arguments, _minDelta) && arguments.GetValue(_patience) is null)
            throw new UsageException($"{_minDelta.Name} needs {_patience.Name}: the number of evaluations without such a gain.");
        return Set(arguments, options);
    }

    private TrainingOptions Set(ParseResult arguments, TrainingOptions options) => options with
    {
        Checkpoints = Checkpoints(arguments),
        EarlyStopping = arguments.GetValue(_patience) is { } patience
            ? new EarlyStopping { Patience = patience, MinDelta = arguments.GetValue(_minDelta) }
            : null,
        EvaluateEverySteps = arguments.GetValue(_evaluateEvery),
        LabelSmoothing = arguments.GetValue(_smoothing),
        ClassWeights = Weights(arguments.GetValue(_weights)),
        FocalGamma = arguments.GetValue(_focal),
    };

    /// <summary>The log as a file, with the option that names it.</summary>
    public (string Option, string? Path) Log(ParseResult arguments) => (_csv.Name, arguments.GetValue(_csv));

    /// <summary>Throws unless checkpoints and logs can be written, before any file is read.</summary>
    /// <exception cref="UsageException">They cannot; the message says why.</exception>
    public void CheckOutputs(ParseResult arguments)
    {
        foreach (Option<string?> option in new[] { _checkpoints, _tensorBoard })
        {
            if (arguments.GetValue(option) is { } directory)
                Outputs.CheckDirectory(option.Name, directory);
        }
        if (arguments.GetValue(_csv) is { } path)
            Outputs.CheckLog(_csv.Name, path);
    }

    /// <summary>Trains with the console and the logs that were asked for; says how to go on when the run is stopped.</summary>
    public T Run<T>(ParseResult arguments, Func<IProgress<TrainingProgress>, T> train)
    {
        using CsvLog? csv = arguments.GetValue(_csv) is { } path ? new CsvLog(path) : null;
        using TensorBoardLog? tensorBoard = arguments.GetValue(_tensorBoard) is { } directory ? new TensorBoardLog(directory) : null;
        IProgress<TrainingProgress>?[] logs = [csv, tensorBoard];
        try
        {
            bool resume = arguments.GetValue(_resume);
            bool isFirst = true;
            T trained = LiveProgress.Show(console => train(new CombinedProgress(
                [.. logs.OfType<IProgress<TrainingProgress>>(), new WithoutMessages(resume ? new Told(Resumed, console) : console)])));
            if (resume && isFirst)
                Console.Error.WriteLine($"The run in {arguments.GetValue(_checkpoints)} was finished already; its model is saved.");
            return trained;

            void Resumed(TrainingProgress first)
            {
                if (!isFirst)
                    return;
                isFirst = false;
                // A step is reported when it is done; what ends or interrupts an epoch does none.
                int from = (first.FinishedEpoch ?? first.Evaluation) is null ? first.Step - 1 : first.Step;
                LiveProgress.WriteLine(from > 0
                    ? FormattableString.Invariant($"Going on from step {from} of {first.StepCount}.")
                    : $"There is no checkpoint in {arguments.GetValue(_checkpoints)}; the run begins.");
            }
        }
        catch (OperationCanceledException) when (arguments.GetValue(_checkpoints) is { } saved)
        {
            Console.Error.WriteLine($"The run is saved in {saved}; the same command with --resume goes on.");
            throw;
        }
    }

    private CheckpointOptions? Checkpoints(ParseResult arguments)
    {
        bool resume = arguments.GetValue(_resume);
        if (arguments.GetValue(_checkpoints) is not { } directory)
        {
            return resume || new Option[] { _everySteps, _everyMinutes, _keep }.Any(option => IsGiven(arguments, option))
                ? throw new UsageException("--resume and --checkpoint-... need --checkpoints, the directory.")
                : null;
        }
        TimeSpan? interval = Minutes.Read(arguments, _everyMinutes)
            ?? (arguments.GetValue(_everySteps) is null ? TimeSpan.FromMinutes(10) : null);
        return new CheckpointOptions
        {
            Directory = directory,
            EverySteps = arguments.GetValue(_everySteps),
            Every = interval,
            Keep = arguments.GetValue(_keep),
            Resume = resume,
        };
    }

    private static bool IsGiven(ParseResult arguments, Option option) => arguments.GetResult(option) is { Implicit: false };

    private static ClassWeights? Weights(string? text) => text switch
    {
        null => null,
        "balanced" => ClassWeights.Balanced,
        _ => ClassWeights.Of([.. text.Split(',').Select(Weight)]),
    };

    private static double Weight(string text)
        => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double weight)
            ? weight
            : throw new UsageException($"--class-weights: '{text}' is no number; give balanced, or a weight for each class such as 1,2.5.");

    private sealed class Told(Action<TrainingProgress> tell, IProgress<TrainingProgress> next) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            tell(value);
            next.Report(value);
        }
    }

    // ML.NET's log tells them, and its warnings go to the console.
    private sealed class WithoutMessages(IProgress<TrainingProgress> next) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => next.Report(value with { Message = null });
    }
}

using System.Diagnostics;

namespace Microsoft.ML.DeLoRA.Training.Runs;

/// <summary>Writes a run's checkpoints when they are due, and finds the one to go on from.</summary>
internal sealed class RunCheckpoints : IDisposable
{
    private readonly CheckpointOptions _options;
    private readonly RunSettings _settings;
    private readonly RunState _state;
    private readonly Action<string> _warn;
    private readonly CheckpointDirectory _directory;
    private readonly Stopwatch _sinceLast = Stopwatch.StartNew();
    private int _savedStep;
    private Exception? _fault;
    private bool _isConfirmed = true;

    /// <summary>Takes the directory.</summary>
    /// <param name="options">Where and how often.</param>
    /// <param name="settings">What the run depends on.</param>
    /// <param name="state">The run's tensors.</param>
    /// <param name="warn">Told what the user should know.</param>
    /// <exception cref="IOException">The directory is in use or cannot be made.</exception>
    public RunCheckpoints(CheckpointOptions options, RunSettings settings, RunState state, Action<string> warn)
    {
        (_options, _settings, _state, _warn) = (options, settings, state, warn);
        _directory = new CheckpointDirectory(options.Directory);
    }

    /// <summary>The last checkpoint that was written or taken up and not discarded; null when there is none.</summary>
    public string? Last { get; private set; }

    /// <summary>Loads the newest whole checkpoint into the run; null when there is none to go on from.</summary>
    /// <exception cref="InvalidOperationException">
    /// There are checkpoints but they were not to be resumed, or they are of another run.
    /// </exception>
    /// <exception cref="InvalidDataException">All checkpoints are damaged.</exception>
    public RunPosition? Resume()
    {
        IReadOnlyList<string> files = _directory.Files;
        if (files.Count == 0)
            return null;
        if (!_options.Resume)
            throw new InvalidOperationException($"The directory '{_options.Directory}' has checkpoints of an earlier run: "
                + "set Resume to go on from them, give another directory, or delete them.");
        foreach (string file in files)
        {
            if (TryLoad(file) is { } position)
                return position;
        }
        throw new InvalidDataException(
            $"None of the {files.Count} checkpoints in '{_options.Directory}' is whole; delete them to begin anew. {_fault?.Message}",
                _fault);
    }

    /// <summary>True when steps, time or the end of an epoch ask for a checkpoint, or the run is finished.</summary>
    public bool IsDue(RunPosition position)
    {
        bool isNew = position.Step != _savedStep;
        bool stepDue = _options.EverySteps is { } steps && position.Step % steps == 0 && isNew;
        bool epochDue = _options.EveryEpoch && position is { StepsInEpoch: 0, Step: > 0 } && isNew;
        bool timeDue = _sinceLast.Elapsed >= _options.Every;
        return stepDue || epochDue || timeDue || position.Finished;
    }

    /// <summary>As <see cref="Save"/>; but a full disk is told, and the run goes on.</summary>
    public void TrySave(RunPosition position) => Try(() => Save(position));

    /// <summary>
    /// Writes a checkpoint and deletes the oldest; one more is kept until the new one is confirmed, in case it has to be discarded.
    /// </summary>
    public void Save(RunPosition position)
    {
        string path = _directory.PathOf(position.Step);
        _state.Save(path, position, _settings);
        (Last, _savedStep) = (path, position.Step);
        _sinceLast.Restart();
        _isConfirmed = position.Finished;
        _directory.Prune(_isConfirmed ? _options.Keep : _options.Keep + 1);
    }

    /// <summary>A loss was finite that was computed with the parameters of the last checkpoint.</summary>
    public void Confirm()
    {
        if (_isConfirmed)
            return;
        _isConfirmed = true;
        Try(() => _directory.Prune(_options.Keep));
    }

    /// <summary>The parameters of a step turned out to be of no use: a checkpoint of them is deleted.</summary>
    public void Discard(int step)
    {
        if (_savedStep == step && Last is not null)
            Try(() => Last = _directory.Discard(step));
    }

    /// <summary>Writes the checkpoint of the best evaluation.</summary>
    public void SaveBest(RunPosition position) => Try(() => _state.Save(_directory.Best, position, _settings));

    public void Dispose() => _directory.Dispose();

    private RunPosition? TryLoad(string path)
    {
        try
        {
            using RunFile file = RunFile.Open(path);
            _settings.RequireSame(file.Settings, file.Position, path);
            _state.Load(file);
            (Last, _savedStep) = (path, file.Position.Step);
            return file.Position;
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            // IOException: a link to a file that is gone, or one that cannot be read.
            _fault ??= e;
            _warn($"The checkpoint '{path}' is damaged, so the one before is used. {e.Message}");
            return null;
        }
    }

    private void Try(Action save)
    {
        try
        {
            save();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _sinceLast.Restart();
            _warn($"A checkpoint could not be written; the run goes on without it. {e.Message}");
        }
    }
}

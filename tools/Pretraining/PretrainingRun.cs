using System.Diagnostics;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Native;
using Microsoft.ML.DeLoRA.Training;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Pretraining;

/// <summary>
/// The loop: from the checkpoint, if there is one, to the last step or a stop. The losses are read only for the log and the checkpoints, so
/// that a GPU has the next step's work before it is done with this one's.
/// </summary>
/// <remarks>Not thread-safe.</remarks>
internal sealed class PretrainingRun : IDisposable
{
    private readonly PretrainOptions _options;
    private readonly MaskedLanguageModel _model;
    private readonly OrthogonalMomentum _momentum;
    private readonly AdamW _adam;
    private readonly PretrainState _state;
    private readonly LossSums _sums;
    private readonly LinearSchedule _schedule = new();
    private readonly string _checkpoint;
    private readonly PretrainLog _log;

    /// <param name="options">The run's settings.</param>
    /// <param name="model">The model, on the device that the options name.</param>
    /// <param name="checkpoint">The checkpoint's file, which need not be there.</param>
    /// <param name="log">Where the losses go.</param>
    public PretrainingRun(PretrainOptions options, MaskedLanguageModel model, string checkpoint, PretrainLog log)
    {
        using var scope = NewDisposeScope();
        (_options, _model, _checkpoint, _log) = (options, model, checkpoint, log);
        ModelParameter[] matrices = options.MatrixLearningRate > 0 ? [.. model.Encoder.Linears.Select(l => l.Weight)] : [];
        _momentum = new OrthogonalMomentum(matrices);
        _adam = new AdamW(
            model.Parameters.Except(matrices).GroupBy(p => p.Kind).Select(g =>
                new ParameterGroup([.. g], options.LearningRate, g.Key == ParameterKind.Bias ? 0 : options.WeightDecay)),
            beta2: 0.98);
        _state = new PretrainState(model, _momentum, _adam);
        _sums = new LossSums(options.Device ?? CPU);
    }

    /// <param name="batch">The batch of a step, counted from 0; asked for ahead of time and on other threads.</param>
    /// <param name="cancellation">Stops after a step, with a checkpoint.</param>
    /// <returns>True after the last step; false when stopped before.</returns>
    /// <exception cref="InvalidOperationException">The loss is not finite; the last checkpoint is of before.</exception>
    public bool Train(Func<int, MaskedBatch> batch, CancellationToken cancellation)
    {
        (int step, TimeSpan before) = File.Exists(_checkpoint) ? _state.Load(_checkpoint) : (0, TimeSpan.Zero);
        _log.StartAt(step);
        using var batches = new BatchesAhead<MaskedBatch>(batch, step, _options.Steps);
        var clock = Stopwatch.StartNew();
        (TimeSpan lastLog, TimeSpan lastSave) = (TimeSpan.Zero, TimeSpan.Zero);
        int lastLogStep = step;
        bool stop = false;
        while (step < _options.Steps && !stop)
        {
            using MaskedBatch rows = batches.Next();
            Step(rows, Factor(++step));
            stop = cancellation.IsCancellationRequested || clock.Elapsed > _options.TimeLimit;
            bool write = step % _options.LogEvery == 0;
            bool save = stop || step == _options.Steps || clock.Elapsed - lastSave > _options.CheckpointEvery;
            if (!write && !save)
                continue;

            (double masked, double neighbour) = _sums.Read();
            if (write)
            {
                int count = step - lastLogStep;
                double rate = (double)count * _options.BatchTokens / (clock.Elapsed - lastLog).TotalSeconds;
                _log.Write(step, _options.Steps, (long)step * _options.BatchTokens, before + clock.Elapsed,
                    masked / count, neighbour / count, _options.LearningRate * Factor(step), rate);
            }
            if (!double.IsFinite(masked) || !double.IsFinite(neighbour))
                throw Diverged(lastLogStep + 1, step);
            if (write)
            {
                _sums.Clear();
                (lastLog, lastLogStep) = (clock.Elapsed, step);
            }
            if (save)
            {
                // The sums are of losses from before the last update.
                if (!IsSound(rows))
                    throw Diverged(step, step + 1);
                _state.Save(_checkpoint, step, before + clock.Elapsed);
                lastSave = clock.Elapsed;
            }
        }
        return step >= _options.Steps;
    }

    /// <summary>Gives the parameters tensors of their own again, and frees what belongs to the optimisers.</summary>
    public void Dispose()
    {
        _momentum.Dispose();
        _adam.Dispose();
        _sums.Dispose();
    }

    private bool IsSound(MaskedBatch rows)
    {
        using IDisposable noGrad = no_grad();
        using var scope = NewDisposeScope();
        (Tensor masked, Tensor neighbour) = _model.Losses(rows);
        return double.IsFinite(masked.Number()) && double.IsFinite(neighbour.Number());
    }

    private InvalidOperationException Diverged(int from, int to) => new(
        $"The loss became infinite or NaN between steps {from} and {to}; use a lower learning rate. "
            + (File.Exists(_checkpoint) ? $"The last good checkpoint is {_checkpoint}." : "There is no checkpoint of before."));

    private double Factor(int step) => _schedule.Factor(step, _options.Steps, _options.WarmupRatio);

    private void Step(MaskedBatch rows, double factor)
    {
        using var scope = NewDisposeScope();
        (Tensor masked, Tensor neighbour) = _model.Losses(rows);
        masked.Plus(neighbour.Times(_options.NeighbourWeight)).backward();
        _momentum.Step(_options.MatrixLearningRate * factor, _options.WeightDecay);
        _adam.Step(factor);
        _adam.ZeroGradients();
        _sums.Add(masked, neighbour);
    }
}

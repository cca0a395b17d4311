using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Adapters.Algebra;

/// <summary>AdaLoRA's choice of directions while it trains (section 3.2, algorithm 1), as PEFT makes it.</summary>
internal sealed class RankAllocation : StepCallbacks
{
    private readonly Triplet[] _triplets;
    private readonly Importance[] _importances;
    private readonly Tensor[] _kept;
    private readonly AdaLoRAMethod _method;
    private readonly int _initialSteps;
    private readonly int _lastAllocation;
    private readonly int _initialBudget;
    private readonly int _finalBudget;
    private bool _isSettled;

    /// <exception cref="ArgumentException">The run has no steps between the initial and the final ones.</exception>
    public RankAllocation(Triplet[] triplets, AdaLoRAMethod method, int totalSteps)
    {
        (_triplets, _method) = (triplets, method);
        _initialSteps = method.InitialSteps ?? (int)(0.15 * totalSteps);
        int finalSteps = method.FinalSteps ?? totalSteps / 2;
        _lastAllocation = totalSteps - finalSteps;
        if (_initialSteps >= _lastAllocation)
            throw new ArgumentException(
                $"{method.Name}: {nameof(method.InitialSteps)} is {_initialSteps} and {nameof(method.FinalSteps)} is {finalSteps}, "
                + $"but the run has {totalSteps} steps; leave some in between, in which directions are chosen.");
        _initialBudget = (int)triplets.Sum(t => t.E.Value.shape[0]);
        _finalBudget = Math.Min(_initialBudget, method.TargetRank * triplets.Length);
        using IDisposable noGrad = no_grad();
        using var scope = NewDisposeScope();
        _importances = [.. triplets.SelectMany(t => new[] { t.A, t.B, t.E }).Select(p => new Importance(p))];
        _kept = [.. triplets.Select(t => ones_like(t.E.Value).DetachFromDisposeScope())];
    }

    /// <inheritdoc/>
    public override IEnumerable<(string Name, Tensor Value)> State
        => _importances.SelectMany(i => i.State).Concat(_triplets.Zip(_kept, (t, kept) => (t.E.Name + ".kept", kept)));

    /// <summary>
    /// How many directions of all layers together may stay after a step: all, then fewer by a cubic curve, then the target.
    /// </summary>
    public int BudgetAfter(int step)
    {
        if (step <= _initialSteps)
            return _initialBudget;
        double left = 1 - (double)(step - _initialSteps) / (_lastAllocation - _initialSteps);
        return step >= _lastAllocation ? _finalBudget : (int)((_initialBudget - _finalBudget) * Math.Pow(left, 3) + _finalBudget);
    }

    /// <inheritdoc/>
    public override Tensor? Penalty()
    {
        if (_method.OrthogonalityWeight == 0)
            return null;
        Tensor[] distances = [.. _triplets.SelectMany(t => new[] { FromOrthonormal(t.A.Value), FromOrthonormal(t.B.Value.t()) })];
        return distances.Aggregate((sum, distance) => sum.Plus(distance)).Times(_method.OrthogonalityWeight / distances.Length);
    }

    /// <inheritdoc/>
    public override void AfterUpdate(int step)
    {
        if (step < _lastAllocation)
        {
            foreach (Importance importance in _importances)
                importance.Update(_method.SensitivityDecay, _method.UncertaintyDecay);
        }
        bool isChoice = step < _lastAllocation
            ? step > _initialSteps && step % _method.AllocationInterval == 0
            : step == _lastAllocation || !IsSettled();
        if (isChoice)
            Choose(_initialBudget - BudgetAfter(step));
        // Between two choices all directions go on training, so that one that was switched off may come back; at the end the choice stands.
        if (isChoice || step > _lastAllocation)
            SwitchOff();
    }

    // The step of the last choice may have had no update.
    private bool IsSettled() => _isSettled |= cat(_kept, 0).sum().Number() <= _finalBudget;

    // Those with the lowest scores go, and whatever has the same score as the last of them.
    private void Choose(int dropped)
    {
        if (dropped == 0)
            return;
        Tensor[] scores = [.. _triplets.Select((_, i) => Score(_importances[3 * i], _importances[3 * i + 1], _importances[3 * i + 2]))];
        Tensor limit = cat(scores, 0).sort().Values.narrow(0, dropped - 1, 1);
        foreach ((Tensor kept, Tensor score) in _kept.Zip(scores))
            kept.copy_(score.gt(limit).unsqueeze(1));
    }

    private void SwitchOff()
    {
        foreach ((Triplet triplet, Tensor kept) in _triplets.Zip(_kept))
            triplet.E.Value.mul_(kept);
    }

    // [rank]: of a direction, E's own and the means over A's row and B's column.
    private static Tensor Score(Importance a, Importance b, Importance e)
        => e.Score().reshape(-1).Plus(a.Score().mean([1])).Plus(b.Score().mean([0]));

    private static Tensor FromOrthonormal(Tensor rows)
        => (rows.matmul(rows.t()) - eye(rows.shape[0], device: rows.device)).norm();

    /// <summary>One layer's matrices; row i of A, column i of B and E's element i are a direction.</summary>
    internal sealed record Triplet(ModelParameter A, ModelParameter B, ModelParameter E);

    // How much the loss depends on each number of a parameter, smoothed over the steps.
    private sealed class Importance(ModelParameter parameter)
    {
        private readonly Tensor _sensitivity = zeros_like(parameter.Value).DetachFromDisposeScope();
        private readonly Tensor _uncertainty = zeros_like(parameter.Value).DetachFromDisposeScope();

        public IEnumerable<(string Name, Tensor Value)> State
            => [($"{parameter.Name}.sensitivity", _sensitivity), ($"{parameter.Name}.uncertainty", _uncertainty)];

        public void Update(double beta1, double beta2)
        {
            Tensor now = (parameter.Value * parameter.Value.grad!).abs();
            _sensitivity.MultiplyInPlace(beta1).AddInPlace(now, 1 - beta1);
            _uncertainty.MultiplyInPlace(beta2).AddInPlace((now - _sensitivity).abs(), 1 - beta2);
        }

        public Tensor Score() => _sensitivity * _uncertainty;
    }
}

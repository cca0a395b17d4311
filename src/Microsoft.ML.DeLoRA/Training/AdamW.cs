using Microsoft.ML.DeLoRA.Native;
using Microsoft.ML.DeLoRA.Weights;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Training;

/// <summary>
/// Adam with decoupled weight decay (Loshchilov and Hutter 2019), as PyTorch's AdamW computes it: bias-corrected moments, epsilon
/// outside the square root.
/// </summary>
/// <remarks>
/// From its making to its disposal the parameters live in flat buffers of the optimiser: replace none of their tensors meanwhile.
/// Not thread-safe.
/// </remarks>
internal sealed class AdamW : IDisposable
{
    private readonly Group[] _groups;
    private readonly double _beta1;
    private readonly double _beta2;
    private readonly double _epsilon;

    /// <summary>Takes the parameters over and makes them trainable.</summary>
    /// <param name="groups">The groups; a parameter stands in one only. Empty groups are passed over.</param>
    /// <param name="beta1">Decay of the first moment.</param>
    /// <param name="beta2">Decay of the second moment.</param>
    /// <param name="epsilon">Added to the root of the second moment.</param>
    /// <exception cref="ArgumentException">No parameter at all, or one given twice.</exception>
    public AdamW(IEnumerable<ParameterGroup> groups, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8)
    {
        (_beta1, _beta2, _epsilon) = (beta1, beta2, epsilon);
        ParameterGroup[] filled = [.. groups.Where(g => g.Parameters.Count > 0)];
        if (filled.Length == 0)
            throw new ArgumentException("There is no parameter to train.", nameof(groups));
        if (filled.SelectMany(g => g.Parameters).GroupBy(p => p).FirstOrDefault(p => p.Count() > 1) is { } twice)
            throw new ArgumentException($"Parameter '{twice.Key.Name}' is given twice.", nameof(groups));
        _groups = [.. filled.Select(g => new Group(g))];
    }

    /// <summary>Steps done.</summary>
    public int StepCount { get; private set; }

    /// <summary>Number of elements trained.</summary>
    public long ParameterCount => _groups.Sum(g => g.Flat.Values.numel());

    /// <summary>Sets all gradients to zero.</summary>
    public void ZeroGradients()
    {
        foreach (Group group in _groups)
            group.Flat.Gradients.SetToZero();
    }

    /// <summary>
    /// The joint Euclidean norm of all gradients. Infinite also where a square is too large for a 32-bit float: AdamW's second moment would
    /// be infinite then, and the parameter would never move again.
    /// </summary>
    public double GradientNorm()
    {
        using IDisposable noGrad = no_grad();
        using var scope = NewDisposeScope();
        return Math.Sqrt(_groups.Sum(g => Math.Pow(g.Flat.Gradients.norm().Number(), 2)));
    }

    /// <summary>
    /// Scales all gradients down so that their joint Euclidean norm is at most <paramref name="maximum"/>, as PyTorch's clip_grad_norm_. A
    /// norm that is not finite leaves them as they are.
    /// </summary>
    /// <returns>The norm before.</returns>
    public double ClipGradients(double maximum)
    {
        using IDisposable noGrad = no_grad();
        double norm = GradientNorm();
        double factor = maximum / (norm + 1e-6);
        if (factor < 1 && double.IsFinite(norm))
        {
            foreach (Group group in _groups)
                group.Flat.Gradients.MultiplyInPlace(factor);
        }
        return norm;
    }

    /// <summary>One update from the gradients that are there.</summary>
    /// <param name="learningRateFactor">The schedule's factor on every group's learning rate.</param>
    public void Step(double learningRateFactor)
    {
        using IDisposable noGrad = no_grad();
        StepCount++;
        double correction1 = 1 - Math.Pow(_beta1, StepCount);
        double correction2 = 1 - Math.Pow(_beta2, StepCount);
        foreach (Group group in _groups)
        {
            using var scope = NewDisposeScope();
            double rate = group.Options.LearningRate * learningRateFactor;
            Tensor gradient = group.Flat.Gradients;
            group.Flat.Values.MultiplyInPlace(Single(1 - rate * group.Options.WeightDecay));
            group.Mean.MultiplyInPlace(_beta1).AddInPlace(gradient, 1 - _beta1);
            group.Square.MultiplyInPlace(_beta2).AddProductInPlace(gradient, gradient, 1 - _beta2);
            Tensor root = group.Square.sqrt().DivideInPlace(Math.Sqrt(correction2)).AddInPlace(_epsilon);
            group.Flat.Values.AddQuotientInPlace(group.Mean, root, Single(-rate / correction1));
        }
    }

    /// <summary>Copies of all trained values, to be given to <see cref="RestoreValues"/>; the caller disposes them.</summary>
    public IReadOnlyList<Tensor> CopyValues()
    {
        using IDisposable noGrad = no_grad();
        using var scope = NewDisposeScope();
        return [.. _groups.Select(g => g.Flat.Values.clone().DetachFromDisposeScope())];
    }

    /// <summary>Brings back values that <see cref="CopyValues"/> copied.</summary>
    public void RestoreValues(IReadOnlyList<Tensor> values)
    {
        using IDisposable noGrad = no_grad();
        foreach ((Group group, Tensor value) in _groups.Zip(values))
            group.Flat.Values.copy_(value);
    }

    /// <summary>Copies of the moments by name, <c>NAME.exp_avg</c> and <c>NAME.exp_avg_sq</c>; the caller disposes them.</summary>
    public IReadOnlyDictionary<string, Tensor> CopyState()
    {
        using IDisposable noGrad = no_grad();
        using var scope = NewDisposeScope();
        return Moments().ToDictionary(m => m.Name, m => m.View.clone().DetachFromDisposeScope());
    }

    /// <summary>Brings back what <see cref="CopyState"/> copied.</summary>
    /// <param name="stepCount">The <see cref="StepCount"/> of then.</param>
    /// <param name="state">The moments by name.</param>
    /// <exception cref="InvalidDataException">A moment is missing or has another shape; nothing has been changed then.</exception>
    public void LoadState(int stepCount, IReadOnlyDictionary<string, Tensor> state)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(stepCount);
        using IDisposable noGrad = no_grad();
        using var scope = NewDisposeScope();
        (string Name, Tensor View)[] moments = [.. Moments()];
        foreach ((string name, Tensor view) in moments)
        {
            if (!state.TryGetValue(name, out Tensor? found) || !found.shape.AsSpan().SequenceEqual(view.shape))
                throw new InvalidDataException($"The optimiser state lacks '{name}' of shape {Shapes.Format(view.shape)}.");
        }
        foreach ((string name, Tensor view) in moments)
            view.copy_(state[name]);
        StepCount = stepCount;
    }

    /// <summary>The parameters' values and moments by name, as views of the live ones; the caller disposes the views.</summary>
    internal IEnumerable<(string Name, Tensor View)> State() => Values().Concat(Moments());

    /// <summary>The parameters' values alone, likewise.</summary>
    internal IEnumerable<(string Name, Tensor View)> Values() => Parts([.. _groups.Select(g => g.Flat.Values)]);

    /// <summary>
    /// What belongs to each parameter, by its name, in values that <see cref="CopyValues"/> copied; the caller disposes the views.
    /// </summary>
    internal IEnumerable<(string Name, Tensor View)> Parts(IReadOnlyList<Tensor> values)
        => _groups.Zip(values).SelectMany(pair => pair.First.Flat.Parts(pair.Second)).Select(part => (part.Parameter.Name, part.View));

    /// <summary>The name of a parameter that has an element that is NaN or infinite, and that element; null when all are finite.</summary>
    internal (string Name, double Value)? NotFinite()
    {
        if (_groups.All(g => FiniteTensors.IsFinite(g.Flat.Values)))
            return null;
        using IDisposable noGrad = no_grad();
        using var scope = NewDisposeScope();
        (string name, Tensor view) = Parts([.. _groups.Select(g => g.Flat.Values)]).First(p => !FiniteTensors.IsFinite(p.View));
        return (name, view.masked_select(view.isfinite().logical_not())[0].Number());
    }

    /// <summary>Gives the parameters tensors of their own again, and frees the optimiser's.</summary>
    public void Dispose()
    {
        foreach (Group group in _groups)
            group.Dispose();
    }

    private IEnumerable<(string Name, Tensor View)> Moments()
        => _groups.SelectMany(g => g.Flat.Parts(g.Mean).Select(p => (p.Parameter.Name + ".exp_avg", p.View))
            .Concat(g.Flat.Parts(g.Square).Select(p => (p.Parameter.Name + ".exp_avg_sq", p.View))));

    // libtorch refuses numbers that no 32-bit float can be, but takes infinity. What comes of it is found when the parameters are checked.
    private static double Single(double factor)
        => Math.Abs(factor) > float.MaxValue ? double.CopySign(double.PositiveInfinity, factor) : factor;

    private sealed class Group : IDisposable
    {
        public Group(ParameterGroup options)
        {
            using var scope = NewDisposeScope();
            Options = options;
            Flat = new FlatParameters(options.Parameters);
            Mean = zeros_like(Flat.Values).DetachFromDisposeScope();
            Square = zeros_like(Flat.Values).DetachFromDisposeScope();
        }

        public ParameterGroup Options { get; }

        public FlatParameters Flat { get; }

        public Tensor Mean { get; }

        public Tensor Square { get; }

        public void Dispose()
        {
            Flat.Dispose();
            Mean.Dispose();
            Square.Dispose();
        }
    }
}

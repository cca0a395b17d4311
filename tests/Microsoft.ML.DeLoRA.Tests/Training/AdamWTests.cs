using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Native;
using Microsoft.ML.DeLoRA.Tests.Encoders;
using Microsoft.ML.DeLoRA.Training;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Training;

public sealed class AdamWTests : IDisposable
{
    private readonly List<ModelParameter> _made = [];

    public void Dispose() => _made.ForEach(p => p.Dispose());

    [Fact]
    public void Many_steps_follow_the_formula_in_double()
    {
        ModelParameter first = Parameter("first", [2, 3], 0.5f);
        ModelParameter second = Parameter("second", [4], -2);
        ModelParameter third = Parameter("third", [1], 3);
        using var optimizer = new AdamW(
            [new ParameterGroup([first, second], 1e-2, 0.1), new ParameterGroup([third], 3e-1, 0)], beta1: 0.8, beta2: 0.95, epsilon: 1e-6);
        var references = new[] { new Reference(first, 1e-2, 0.1), new Reference(second, 1e-2, 0.1), new Reference(third, 3e-1, 0) };
        for (int step = 0; step < 40; step++)
        {
            double factor = 1 - step / 50.0;
            optimizer.ZeroGradients();
            Loss(first, second, third).backward();
            foreach (Reference reference in references)
                reference.Step(step + 1, factor);
            optimizer.Step(factor);
        }
        // Forty float32 steps of at most 0.3 each: the rounding of numbers up to 4 adds up to less than this.
        Assert.All(references, r => Assert.InRange(Differences.Largest(r.Values, r.Parameter.Value), 0, 2e-5));
        Assert.NotEqual(0.5f, first.Value.ToArray()[0]);
    }

    [Fact]
    public void Gradients_add_up_in_place_until_they_are_zeroed()
    {
        ModelParameter parameter = Parameter("p", [2, 2], 1);
        using var optimizer = new AdamW([new ParameterGroup([parameter], 1, 0)]);
        parameter.Value.sum().backward();
        parameter.Value.Times(2).sum().backward();
        Assert.Equal([3, 3, 3, 3], parameter.Value.grad!.ToArray());
        Assert.Equal(Math.Sqrt(4 * 9), optimizer.ClipGradients(100), 1e-6);
        optimizer.ZeroGradients();
        Assert.Equal([0, 0, 0, 0], parameter.Value.grad!.ToArray());
    }

    [Fact]
    public void Clipping_scales_all_groups_by_their_joint_norm()
    {
        ModelParameter first = Parameter("first", [2], 1);
        ModelParameter second = Parameter("second", [1], 1);
        using var optimizer = new AdamW([new ParameterGroup([first], 1, 0), new ParameterGroup([second], 2, 0)]);
        first.Value.Times(2).sum().Plus(second.Value.sum()).backward();
        Assert.Equal(3, optimizer.ClipGradients(1.5), 1e-6);
        Assert.Equal(1f, first.Value.grad!.ToArray()[1], 1e-5f);
        Assert.Equal(0.5f, second.Value.grad!.ToArray()[0], 1e-5f);
        Assert.Equal(1.5, optimizer.ClipGradients(1.6), 1e-5);
        Assert.Equal(0.5f, second.Value.grad!.ToArray()[0], 1e-5f);
    }

    [Fact]
    public void Restored_values_and_state_continue_bit_by_bit()
    {
        float[] straight = Run(interrupted: false);
        Assert.Equal(straight, Run(interrupted: true));

        float[] Run(bool interrupted)
        {
            ModelParameter parameter = Parameter("p", [5], 1);
            var groups = new[] { new ParameterGroup([parameter], 0.1, 0.01) };
            var optimizer = new AdamW(groups);
            Steps(optimizer, parameter, 3);
            if (interrupted)
            {
                IReadOnlyList<Tensor> values = optimizer.CopyValues();
                IReadOnlyDictionary<string, Tensor> state = optimizer.CopyState();
                Assert.Equal(["p.exp_avg", "p.exp_avg_sq"], state.Keys.Order());
                int steps = optimizer.StepCount;
                Steps(optimizer, parameter, 2);
                optimizer.Dispose();
                optimizer = new AdamW(groups);
                optimizer.RestoreValues(values);
                optimizer.LoadState(steps, state);
                foreach (Tensor tensor in values.Concat(state.Values))
                    tensor.Dispose();
            }
            Steps(optimizer, parameter, 3);
            optimizer.Dispose();
            return parameter.Value.ToArray();
        }
    }

    [Fact]
    public void A_state_that_does_not_fit_is_refused()
    {
        using var optimizer = new AdamW([new ParameterGroup([Parameter("p", [5], 1)], 0.1, 0)]);
        using Tensor wrong = zeros(4);
        Assert.Contains("p.exp_avg",
            Assert.Throws<InvalidDataException>(() => optimizer.LoadState(1, new Dictionary<string, Tensor>())).Message);
        Assert.Throws<InvalidDataException>(() => optimizer.LoadState(1,
            new Dictionary<string, Tensor> { ["p.exp_avg"] = wrong, ["p.exp_avg_sq"] = wrong }));
    }

    [Fact]
    public void Afterwards_each_parameter_has_a_tensor_of_its_own_with_the_trained_values()
    {
        ModelParameter first = Parameter("first", [2], 1);
        ModelParameter second = Parameter("second", [2], 1);
        using (var optimizer = new AdamW([new ParameterGroup([first, second], 0.5, 0)]))
            Steps(optimizer, first, 1);
        Assert.NotEqual(1f, first.Value.ToArray()[0]);
        Assert.True(first.Trainable);
        Assert.Null(first.Value.grad);
        using (no_grad())
            first.Value.Fill(7);
        Assert.Equal([1, 1], second.Value.ToArray());
    }

    [Fact]
    public void No_parameter_or_one_given_twice_is_refused()
    {
        ModelParameter parameter = Parameter("p", [1], 1);
        Assert.Throws<ArgumentException>(() => new AdamW([]));
        Assert.Throws<ArgumentException>(() => new AdamW([new ParameterGroup([], 1, 0)]));
        Assert.Contains("'p'", Assert.Throws<ArgumentException>(
            () => new AdamW([new ParameterGroup([parameter], 1, 0), new ParameterGroup([parameter], 2, 0)])).Message);
    }

    private ModelParameter Parameter(string name, long[] shape, float value)
    {
        var parameter = new ModelParameter(name, full(shape, value), trainable: true);
        _made.Add(parameter);
        return parameter;
    }

    private static Tensor Loss(params ModelParameter[] parameters)
        => parameters.Select(p => (p.Value.Minus(0.7)
            .Squared() * arange(1, p.Value.numel() + 1).to_type(float32).reshape(p.Value.shape)).sum()).Aggregate((a, b) => a.Plus(b));

    private static void Steps(AdamW optimizer, ModelParameter parameter, int count)
    {
        for (int i = 0; i < count; i++)
        {
            using var scope = NewDisposeScope();
            optimizer.ZeroGradients();
            Loss(parameter).backward();
            optimizer.Step(1);
        }
    }

    /// <summary>The formula of Loshchilov and Hutter, element by element.</summary>
    private sealed class Reference(ModelParameter parameter, double learningRate, double weightDecay)
    {
        private readonly double[] _values = [.. parameter.Value.ToArray().Select(v => (double)v)];
        private readonly double[] _mean = new double[parameter.Value.numel()];
        private readonly double[] _square = new double[parameter.Value.numel()];

        public ModelParameter Parameter => parameter;

        public float[] Values => [.. _values.Select(v => (float)v)];

        public void Step(int number, double factor)
        {
            float[] gradient = parameter.Value.grad!.ToArray();
            for (int i = 0; i < gradient.Length; i++)
            {
                double rate = learningRate * factor;
                _mean[i] = 0.8 * _mean[i] + 0.2 * gradient[i];
                _square[i] = 0.95 * _square[i] + 0.05 * gradient[i] * gradient[i];
                double mean = _mean[i] / (1 - Math.Pow(0.8, number));
                double square = _square[i] / (1 - Math.Pow(0.95, number));
                _values[i] -= rate * weightDecay * _values[i] + rate * mean / (Math.Sqrt(square) + 1e-6);
            }
        }
    }
}

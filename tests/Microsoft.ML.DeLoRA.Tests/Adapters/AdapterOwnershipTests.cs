using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Tests.Encoders;

namespace Microsoft.ML.DeLoRA.Tests.Adapters;

/// <summary>
/// Sets of adapters that share modules: whatever is attached, enabled, merged and disposed in whatever order, the encoder computes what
/// a plain model of these states says, and what cannot be done is refused and changes nothing.
/// </summary>
public class AdapterOwnershipTests
{
    [Fact]
    public void Random_sequences_on_sets_agree_with_a_model_of_them()
        => Check(operations => Run<SetOperations>(operations));

    [Fact]
    public void Random_sequences_on_a_collection_agree_with_a_model_of_it()
        => Check(operations => Run<CollectionOperations>(operations));

    [Fact]
    public void A_second_set_is_refused_while_the_first_is_merged_and_starts_from_the_base_after_that()
    {
        using SequenceClassifier model = TinyModel.Create();
        using AdapterSet first = AdapterSet.Attach(model.Encoder, new LoRAMethod { Rank = 2, Initialization = LoRAInitialization.PiSSA });
        AdapterContract.Disturb(first);
        first.Merge();
        Assert.Contains("LoRA merged into it",
            Assert.Throws<InvalidOperationException>(() => AdapterSet.Attach(model.Encoder, new DeLoRAMethod { Rank = 2 },
                enabled: false)).Message);
        first.Unmerge();
        first.Enabled = false;
        using AdapterSet second = AdapterSet.Attach(model.Encoder, new DeLoRAMethod { Rank = 2 });
        using SequenceClassifier alone = TinyModel.Create();
        using AdapterSet expected = AdapterSet.Attach(alone.Encoder, new DeLoRAMethod { Rank = 2 });
        Assert.Equal(TinyModel.Logits(alone), TinyModel.Logits(model));
    }

    [Fact]
    public void A_set_from_before_a_final_merge_of_its_modules_is_refused()
    {
        using SequenceClassifier model = TinyModel.Create();
        using AdapterSet waiting = AdapterSet.Attach(model.Encoder, new DeLoRAMethod { Rank = 2 }, enabled: false);
        AdapterSet first = AdapterSet.Attach(model.Encoder, new LoRAMethod { Rank = 2 });
        first.Merge(keepOriginals: false);
        first.Dispose();
        Assert.Contains("final merge", Assert.Throws<InvalidOperationException>(() => waiting.Enabled = true).Message);
        using AdapterSet anew = AdapterSet.Attach(model.Encoder, new DeLoRAMethod { Rank = 2 });
        Assert.True(anew.Enabled);
    }

    [Fact]
    public void A_disposed_set_leaves_the_training_of_another_alone()
    {
        using SequenceClassifier model = TinyModel.Create();
        AdapterSet waiting = AdapterSet.Attach(model.Encoder, new BitFitMethod(), enabled: false);
        using AdapterSet trained = AdapterSet.Attach(model.Encoder, new BitFitMethod());
        waiting.Dispose();
        Assert.All(trained.Parameters, p => Assert.True(p.Trainable));
    }

    [Fact]
    public void Adding_to_a_collection_is_refused_while_another_is_merged()
    {
        using SequenceClassifier model = TinyModel.Create();
        using var adapters = new AdapterCollection(model.Encoder);
        adapters.Add("a", new LoRAMethod { Rank = 2 });
        adapters.Activate("a");
        adapters.Merge();
        Assert.Contains("Call Unmerge first", Assert.Throws<InvalidOperationException>(() => adapters.Add("b", new LoRAMethod())).Message);
        Assert.True(adapters.IsMerged);
        Assert.Equal(["a"], adapters.Names);
    }

    private static void Check(Action<byte[]> run)
    {
        Gen<byte[]> operations = Gen.ArrayOf(Gen.Choose(0, 255).Select(i => (byte)i), 40);
        Prop.ForAll(operations.ToArbitrary(), run).Check(Config.Quick.WithRunner(new Silent()).WithMaxTest(60).WithReplay(2026, 1127));
    }

    // FsCheck's own runners write to the console, which other tests redirect meanwhile.
    private sealed class Silent : IRunner
    {
        public void OnStartFixture(Type type)
        {
        }

        public void OnArguments(int count, FSharpList<object> arguments, FSharpFunc<int, FSharpFunc<FSharpList<object>, string>> every)
        {
        }

        public void OnShrink(FSharpList<object> arguments, FSharpFunc<FSharpList<object>, string> every)
        {
        }

        public void OnFinished(string name, FsCheck.TestResult result)
            => Assert.True(result is FsCheck.TestResult.Passed, Runner.onFinishedToString(name, result));
    }

    private static void Run<T>(byte[] operations)
        where T : Operations, new()
    {
        using var under = new T();
        foreach (byte operation in operations)
        {
            under.Do(operation);
            under.Compare();
        }
    }

    /// <summary>An encoder under test, and what it must compute: the answers of a fresh one with the same adapters on.</summary>
    private abstract class Operations : IDisposable
    {
        // Overlapping modules, a bias that two train, hidden states, and one that shares nothing with the first.
        protected static readonly AdapterMethod[] Methods =
        [
            new LoRAMethod { Rank = 2, TargetModules = ["query", "value"], Initialization = LoRAInitialization.PiSSA },
            new DeLoRAMethod { Rank = 2, TargetModules = ["value", "output.dense"], Bias = BiasTraining.AdaptedLayers },
            new BitFitMethod(),
            new LoReFTMethod { Rank = 2 },
            new HRAMethod { Rank = 2, TargetModules = ["key"] },
        ];

        private static readonly Dictionary<string, float[]> _answers = [];

        protected SequenceClassifier Model { get; } = TinyModel.Create();

        public abstract void Do(byte operation);

        public abstract void Compare();

        public virtual void Dispose() => Model.Dispose();

        /// <summary>What a fresh encoder answers with these methods on, each with its weight.</summary>
        protected static float[] Answer(IReadOnlyDictionary<int, double> on)
        {
            string key = string.Join(";", on.OrderBy(o => o.Key));
            if (_answers.TryGetValue(key, out float[]? known))
                return known;
            using SequenceClassifier model = TinyModel.Create();
            using var adapters = new AdapterCollection(model.Encoder);
            foreach (int i in on.Keys)
            {
                adapters.Add($"{i}", Methods[i], i);
                adapters.Activate($"{i}");
                AdapterContract.Disturb(adapters[$"{i}"]);
            }
            adapters.Activate(on.ToDictionary(o => $"{o.Key}", o => o.Value));
            return _answers[key] = TinyModel.Logits(model);
        }

        protected static void Refused(Action action) => Assert.Throws<InvalidOperationException>(action);

        protected void Compare(float[] expected, bool exact)
        {
            float[] found = TinyModel.Logits(Model);
            if (exact)
                Assert.Equal(expected, found);
            else
                // Merging rounds each weight once: the tolerance of the contract tests.
                Assert.All(found.Zip(expected), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, 2e-5));
        }
    }

    private sealed class SetOperations : Operations
    {
        private readonly AdapterSet?[] _sets = new AdapterSet?[Methods.Length];
        private readonly HashSet<int> _on = [], _merged = [], _disturbed = [];
        private readonly Dictionary<int, HashSet<string>> _parts = [];
        private readonly float[][] _base;

        public SetOperations() => _base = AdapterContract.EncoderWeights(Model);

        public override void Do(byte operation)
        {
            int i = operation / 8 % Methods.Length;
            AdapterSet? set = _sets[i];
            switch (operation % 8)
            {
                case 0 or 1 when set is null:
                    bool enabled = operation % 8 == 0;
                    if (IsTaken(i))
                        Refused(() => AdapterSet.Attach(Model.Encoder, Methods[i], i, enabled));
                    else
                        Attach(i, enabled);
                    break;
                case 2 or 3 when set is not null:
                    if (_merged.Contains(i) || (!_on.Contains(i) && IsTaken(i)))
                        Refused(() => set.Enabled = true);
                    else
                        Enable(i);
                    break;
                case 4 when set is not null:
                    if (_merged.Contains(i))
                        Refused(() => set.Enabled = false);
                    else
                        (set.Enabled, _) = (false, _on.Remove(i));
                    break;
                case 5 when set is not null:
                    if (_merged.Contains(i) || !_on.Contains(i))
                        Refused(() => set.Merge());
                    else
                        Merge(i);
                    break;
                case 6 when set is not null:
                    if (!_merged.Contains(i))
                        Refused(set.Unmerge);
                    else
                        Unmerge(i);
                    break;
                case 7 when set is not null:
                    set.Dispose();
                    _sets[i] = null;
                    foreach (HashSet<int> state in new[] { _on, _merged, _disturbed })
                        state.Remove(i);
                    break;
            }
        }

        public override void Compare()
        {
            if (_on.Count == 0)
                Assert.Equal(_base, AdapterContract.EncoderWeights(Model));
            // Sets that share nothing may be on at the same time: one fresh encoder with them side by side.
            if (_on.Count > 1)
                Compare(SideBySide(), exact: _merged.Count == 0);
            else
                Compare(Answer(_on.ToDictionary(i => i, _ => 1.0)), exact: _merged.Count == 0);
            var trained = _on.SelectMany(i => _sets[i]!.Parameters).Select(p => p.Name).ToHashSet();
            Assert.All(Model.Encoder.Parameters, p => Assert.Equal(trained.Contains(p.Name), p.Trainable));
        }

        public override void Dispose()
        {
            foreach (AdapterSet? set in _sets)
                set?.Dispose();
            Assert.Equal(_base, AdapterContract.EncoderWeights(Model));
            base.Dispose();
        }

        private void Attach(int i, bool enabled)
        {
            AdapterSet set = _sets[i] = AdapterSet.Attach(Model.Encoder, Methods[i], i, enabled);
            _parts[i] = PartsOf(set);
            if (enabled)
                Enable(i);
        }

        private void Enable(int i)
        {
            _sets[i]!.Enabled = true;
            _on.Add(i);
            if (_disturbed.Add(i))
                AdapterContract.Disturb(_sets[i]!);
        }

        private void Merge(int i)
        {
            _sets[i]!.Merge();
            _merged.Add(i);
        }

        private void Unmerge(int i)
        {
            _sets[i]!.Unmerge();
            _merged.Remove(i);
        }

        // Would a set of this method share a module or a parameter with one that is on?
        private bool IsTaken(int i)
        {
            if (!_parts.TryGetValue(i, out HashSet<string>? parts))
            {
                using SequenceClassifier model = TinyModel.Create();
                using AdapterSet set = AdapterSet.Attach(model.Encoder, Methods[i], i);
                _parts[i] = parts = PartsOf(set);
            }
            return _on.Any(other => other != i && _parts[other].Overlaps(parts));
        }

        private static HashSet<string> PartsOf(AdapterSet set)
        {
            var encoder = set.Encoder.Parameters.Select(p => p.Name).ToHashSet();
            return
            [
                .. set.Adapters.SelectMany(a => a is LinearAdapter ? [a.Module + ".weight", a.Module + ".bias"] : new[] { a.Module }),
                .. set.Parameters.Select(p => p.Name).Where(encoder.Contains),
            ];
        }

        private float[] SideBySide()
        {
            using SequenceClassifier model = TinyModel.Create();
            List<AdapterSet> sets = [];
            foreach (int i in _on.Order())
            {
                sets.Add(AdapterSet.Attach(model.Encoder, Methods[i], i));
                AdapterContract.Disturb(sets[^1]);
            }
            float[] answer = TinyModel.Logits(model);
            sets.ForEach(s => s.Dispose());
            return answer;
        }
    }

    private sealed class CollectionOperations : Operations
    {
        private readonly AdapterCollection _adapters;
        private readonly HashSet<int> _added = [];
        private Dictionary<int, double> _active = [];
        private bool _merged;

        public CollectionOperations() => _adapters = new AdapterCollection(Model.Encoder);

        public override void Do(byte operation)
        {
            int i = operation / 8 % Methods.Length;
            string name = $"{i}";
            switch (operation % 8)
            {
                case 0 or 1 when _merged && !_added.Contains(i):
                    Refused(() => _adapters.Add(name, Methods[i], i));
                    break;
                case 0 or 1 when !_added.Contains(i):
                    Add(i);
                    break;
                case 2 when _added.Contains(i):
                    Activate(new() { [i] = 1 });
                    break;
                case 3:
                    Activate(_added.Where(a => a != i).ToDictionary(a => a, a => 0.5 + a));
                    break;
                case 4:
                    Activate([]);
                    break;
                case 5 when _merged || _active.Count == 0:
                    Refused(_adapters.Merge);
                    break;
                case 5:
                    _adapters.Merge();
                    _merged = true;
                    break;
                case 6 when !_merged:
                    Refused(_adapters.Unmerge);
                    break;
                case 6:
                    _adapters.Unmerge();
                    _merged = false;
                    break;
                case 7 when _added.Remove(i):
                    _adapters.Remove(name);
                    if (_active.ContainsKey(i))
                        (_active, _merged) = ([], false);
                    break;
            }
        }

        public override void Compare()
        {
            Assert.Equal(_added.Select(a => $"{a}").Order(), _adapters.Names.Order());
            Assert.Equal(_merged, _adapters.IsMerged);
            // The order in which a sum adds may differ: rounding only.
            Compare(Answer(_active), exact: !_merged && _active.Count < 2);
        }

        public override void Dispose()
        {
            _adapters.Dispose();
            Compare(Answer(new Dictionary<int, double>()), exact: true);
            base.Dispose();
        }

        private void Add(int i)
        {
            _adapters.Add($"{i}", Methods[i], i);
            _added.Add(i);
            _adapters.Activate($"{i}");
            AdapterContract.Disturb(_adapters[$"{i}"]);
            Activate(_active);
        }

        private void Activate(Dictionary<int, double> weights)
        {
            _adapters.Activate(weights.ToDictionary(w => $"{w.Key}", w => w.Value));
            (_active, _merged) = (weights, false);
        }
    }
}

using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Experiments.Robustness;
using Microsoft.ML.DeLoRA.Models;
using Microsoft.ML.DeLoRA.Pretraining;
using Microsoft.ML.DeLoRA.Tests.Adapters;
using Microsoft.ML.DeLoRA.Tests.Encoders;
using Microsoft.ML.DeLoRA.Tests.Models;
using Microsoft.ML.DeLoRA.Tests.Pretraining;
using Microsoft.ML.DeLoRA.Tests.Serving;
using Microsoft.ML.DeLoRA.Tests.Training;
using Microsoft.ML.DeLoRA.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Native;

/// <summary>
/// Nothing refers to a tensor any more once TorchSharp has read its address for libtorch, unless a dispose scope does: one that is made
/// outside of scopes may be freed while libtorch reads it. The library makes none there.
/// </summary>
// Pretraining writes to the console.
[Collection("console")]
public class TensorScopeTests
{
    [Fact]
    public void Tensors_outside_of_scopes_are_counted()
    {
        long before = MadeOutside();
        zeros(1).Dispose();
        Assert.Equal(before + 1, MadeOutside());
    }

    [Theory]
    [MemberData(nameof(AdapterMethodTable.Names), MemberType = typeof(AdapterMethodTable))]
    public void Adapters_make_none(string row)
    {
        AdapterMethod method = AdapterMethodTable.Get(row);
        MakesNone("a model", () => TinyModel.Create(), model =>
            MakesNone("attaching", () => AdapterSet.Attach(model.Encoder, method, seed: 2), adapters =>
            {
                MakesNone("training",
                    () => new Trainer(model, adapters, new TrainingOptions { Epochs = 1, BatchSize = 4 }).Train(Tasks.Classes(8)));
                MakesNone("the report", () => AdapterReport.Create(adapters));
                MakesNone("loading", () => adapters.Load(adapters.Tensors()));
                MakesNone("merging", () => adapters.Merge());
                MakesNone("evaluating", () => Evaluator.Predict(model, Tasks.Classes(8)));
                MakesNone("unmerging", adapters.Unmerge);
                MakesNone("disabling", () => adapters.Enabled = false);
                MakesNone("enabling", () => adapters.Enabled = true);
            }));
    }

    [Fact]
    public void Training_of_every_kind_makes_none()
    {
        using var folder = new TemporaryDirectory();
        (int Outputs, TrainingData Data)[] tasks = [(3, Tasks.Classes()), (1, Tasks.Values()), (3, Tasks.Labels())];
        var checkpoints = new CheckpointOptions { Directory = folder.Path, EverySteps = 2 };
        foreach ((int outputs, TrainingData data) in tasks)
        {
            var options = new TrainingOptions { Epochs = 2, BatchSize = 8, GradientAccumulationSteps = 2, MaxGradientNorm = 0.5 };
            using var setup = new TrainingSetup(outputs, dropout: 0.1);
            MakesNone("training", () => setup.Train(options, data, data));
            setup.Model.Encoder.Precision = ComputePrecision.BFloat16;
            MakesNone("training with bfloat16", () => setup.Train(options, data, data));
        }
        MakesNone("checkpoints", () => Run(checkpoints, 2));
        MakesNone("going on", () => Run(checkpoints with { Resume = true }, 3));

        static void Run(CheckpointOptions checkpoints, int epochs)
        {
            using var setup = new TrainingSetup(dropout: 0.1);
            setup.Train(new TrainingOptions
            {
                Epochs = epochs, BatchSize = 8, Checkpoints = checkpoints,
                Schedule = new ConstantSchedule()
            }, Tasks.Classes(), Tasks.Classes());
        }
    }

    [Fact]
    public void Text_models_make_none()
    {
        using var folder = new TemporaryDirectory();
        string[] texts = ["abc", "a longer text", "", "abcdefghijk"];
        AdapterMethod[] methods = [new DeLoRAMethod { Rank = 2 }, new LoRAMethod { Rank = 2, Initialization = LoRAInitialization.PiSSA }];
        foreach (AdapterMethod method in methods)
        {
            MakesNone("a model", () => new TextModel(TrainableModel.Create(TinyBase.Directory, method, 3, 5, TestDevice.Current)
                .Finish(TinyTextModel.Description)), model =>
            {
                MakesNone("prediction", () => model.Predict(texts));
                MakesNone("saving", () => model.Save(folder["model.zip"]));
                MakesNone("saving for PEFT", () => model.SavePeft(folder["peft"]));
            });
            MakesNone("loading", () => TextModel.Load(folder["model.zip"], TestDevice.Current),
                model => MakesNone("prediction", () => model.Predict(texts)));
            MakesNone("loading of PEFT's", () => TextModel.LoadPeft(folder["peft"], TinyBase.Directory, device: TestDevice.Current));
        }
    }

    [Fact]
    public void Measurements_and_conversions_make_none()
    {
        using var setup = new TrainingSetup();
        MakesNone("a distance", () => new WeightDistance(setup.Adapters, "encoder.layer.0.attention.self.query"), distance =>
        {
            MakesNone("measuring", () => Assert.NotNull(distance.Measure()));
            MakesNone("the bound", () => Assert.NotNull(distance.Bound()));
        });
        MakesNone("LoRA", () => LoRAConversion.FromDeLoRA(setup.Adapters));
        MakesNone("the norms of projections", () =>
        {
            using BaseModel baseModel = BaseModel.Open(TinyBase.Directory);
            Assert.NotEmpty(ProjectionNorm.Measure(baseModel));
        });
        using SequenceClassifier model = TinyModel.Create();
        MakesNone("several adapters", () => new AdapterCollection(model.Encoder), adapters =>
        {
            adapters.Add("a", new LoRAMethod { Rank = 2 });
            adapters.Add("b", new LoReFTMethod { Rank = 2 });
            MakesNone("activating", () => adapters.Activate(new Dictionary<string, double> { ["a"] = 0.5 }));
            MakesNone("evaluating", () => Evaluator.Predict(model, Tasks.Classes(8)));
            MakesNone("merging", adapters.Merge);
            MakesNone("unmerging", adapters.Unmerge);
            MakesNone("another", () => adapters.Activate("b"));
        });
    }

    [Fact]
    public void Pretraining_makes_none()
    {
        using var small = new SmallPretraining();
        MakesNone("pretraining", () => SmallPretraining.Run(small.Options));
        // The run makes these on other threads.
        var rows = new MaskedRows([new int[] { 0, 5, 6, 2 }, new int[] { 0, 7, 2 }], [1, 5], [8, 9]);
        MakesNone("a batch", () => MaskedBatch.Create(rows, 1, TestDevice.Current));
        MakesNone("a packed batch",
            () => PackedBatch.Create([new int[] { 0, 5, 6, 2 }, new int[] { 0, 7, 2 }], device: TestDevice.Current));
    }

    private static void MakesNone<T>(string what, Func<T> make, Action<T>? use = null)
        where T : IDisposable
    {
        long before = MadeOutside();
        using T made = make();
        Assert.Equal((what, 0), (what, MadeOutside() - before));
        use?.Invoke(made);
        before = MadeOutside();
        made.Dispose();
        Assert.Equal(($"disposing after {what}", 0), ($"disposing after {what}", MadeOutside() - before));
    }

    private static void MakesNone(string what, Action work)
    {
        long before = MadeOutside();
        work();
        Assert.Equal((what, 0), (what, MadeOutside() - before));
    }

    // By this thread.
    private static long MadeOutside() => DisposeScopeManager.Statistics.TensorStatistics.CreatedOutsideScopeCount;
}

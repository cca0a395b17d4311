using System.Globalization;
using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.BaseModels.Distillation;
using Microsoft.ML.DeLoRA.BaseModels.Transfer;
using Microsoft.ML.DeLoRA.Weights;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Models;
using Microsoft.ML.DeLoRA.Text;

namespace Microsoft.ML.DeLoRA.Tests.BaseModels;

// Distillation writes to the console.
[Collection("console")]
public sealed class DistillationTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly string _corpus;

    public DistillationTests()
    {
        SmallTeacher.WriteTeacher(At("teacher"));
        SmallTeacher.WriteVocabulary(At("student"));
        _corpus = SmallTeacher.WriteCorpus(_directory.Path);
        StudentDirectory.Write(At("teacher"), At("student"), [_corpus], CancellationToken.None);
    }

    private string At(string name) => Path.Combine(_directory.Path, name);

    public void Dispose() => _directory.Dispose();

    private DistillationOptions Options(string output, int steps) => new()
    {
        Teacher = At("teacher"),
        Student = At("student"),
        Corpus = [_corpus],
        Output = At(output),
        Steps = steps,
        BatchTokens = 256,
        PoolBatches = 2,
        WarmupSteps = 2,
        LearningRate = 3e-3,
        WordLearningRate = 1e-2,
        BFloat16 = false,
        LogEvery = 2,
        Threads = 2,
    };

    private byte[] Weights(string output) => File.ReadAllBytes(Path.Combine(At(output), "model", "model.safetensors"));

    private double[][] Losses(string output) => [.. File.ReadLines(Path.Combine(At(output), "training-log.tsv")).Skip(1)
        .Select(line => line.Split('\t')[3..6].Select(cell => double.Parse(cell, CultureInfo.InvariantCulture)).ToArray())];

    [Fact]
    public void All_three_losses_fall()
    {
        new Distiller(Options("run", 60)).Run(CancellationToken.None);

        // Batches of long and of short texts have different losses, so means are compared.
        double[][] losses = Losses("run");
        foreach (int part in (int[])[0, 1, 2])
        {
            double first = losses[..3].Average(l => l[part]);
            double last = losses[^10..].Average(l => l[part]);
            Assert.True(last < 0.85 * first, $"loss {part}: {first} -> {last}");
        }
    }

    [Fact]
    public void A_run_that_was_stopped_ends_as_one_that_was_not()
    {
        new Distiller(Options("whole", 12)).Run(CancellationToken.None);
        using var stop = new CancellationTokenSource();
        new Distiller(Options("parts", 12)) { StepDone = step => CancelAt(5, step, stop) }.Run(stop.Token);
        Assert.True(Losses("parts").Length < Losses("whole").Length);
        new Distiller(Options("parts", 12)).Run(CancellationToken.None);

        Assert.Equal(Weights("whole"), Weights("parts"));
        Assert.Equal(Losses("whole"), Losses("parts"));
    }

    private static void CancelAt(int last, int step, CancellationTokenSource stop)
    {
        if (step == last)
            stop.Cancel();
    }

    [Fact]
    public void What_is_written_is_a_base_model_in_half_precision()
    {
        new Distiller(Options("run", 2)).Run(CancellationToken.None);

        using BaseModel model = BaseModel.Open(Path.Combine(At("run"), "model"));
        using PackedEncoder encoder = model.CreateEncoder();
        Assert.All(model.Tensors.Names, name => Assert.Equal(TensorDataType.Float16, model.Tensors.DataType(name)));
        Assert.True(Assert.IsType<RobertaTokenizer>(model.Tokenizer).AddsPrefixSpace);
        Assert.Equal(0, model.Configuration.HiddenDropout);
    }

    [Fact]
    public void A_damaged_checkpoint_is_refused_with_what_to_do()
    {
        new Distiller(Options("run", 2)).Run(CancellationToken.None);
        string checkpoint = Path.Combine(At("run"), "checkpoint.safetensors");
        byte[] bytes = File.ReadAllBytes(checkpoint);
        bytes[^1] ^= 1;
        File.WriteAllBytes(checkpoint, bytes);

        var error = Assert.Throws<InvalidDataException>(() => new Distiller(Options("run", 4)).Run(CancellationToken.None));
        Assert.Contains("Delete it", error.Message);
    }
}

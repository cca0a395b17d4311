using System.Text;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Pretraining;
using Microsoft.ML.DeLoRA.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Pretraining;

[Collection("console")]
public class PretrainingRunTests
{
    [Fact]
    public void A_run_that_diverges_names_the_steps_and_keeps_the_last_good_checkpoint()
    {
        using var run = new SmallPretraining();
        SmallPretraining.Run(run.Options with { TimeLimit = TimeSpan.Zero });
        byte[] checkpoint = File.ReadAllBytes(run.Checkpoint);

        // At every step a checkpoint is due, and none is written with what is not finite.
        PretrainOptions wild = run.Options with { LearningRate = 1e30, CheckpointEvery = TimeSpan.FromDays(1) };
        string message = Assert.Throws<InvalidOperationException>(() => SmallPretraining.Run(wild)).Message;
        Assert.Contains("infinite or NaN between steps 2 and 4;", message);
        Assert.Contains(run.Checkpoint, message);
        Assert.Equal(checkpoint, File.ReadAllBytes(run.Checkpoint));

        PretrainOptions saving = wild with { CheckpointEvery = TimeSpan.Zero, LogEvery = 1000 };
        Assert.Contains("between steps", Assert.Throws<InvalidOperationException>(() => SmallPretraining.Run(saving)).Message);
        using SafeTensorsFile kept = SafeTensorsFile.Open(run.Checkpoint);
        foreach (string n in kept.Names.Where(n => !n.Contains("exp_avg")))
            Assert.All(kept.ReadFloat32(n), v => Assert.True(float.IsFinite(v), n));
    }

    [Fact]
    public void A_checkpoint_goes_on_on_another_device()
    {
        using var whole = new SmallPretraining();
        SmallPretraining.Run(whole.Options with { Device = CPU });
        using var parts = new SmallPretraining();
        for (int part = 0; part < 6; part++)
            SmallPretraining.Run(parts.Options with { TimeLimit = TimeSpan.Zero, Device = part % 2 == 0 ? TestDevice.Current : CPU });

        Assert.Equal(whole.Losses.Keys, parts.Losses.Keys);
        if (TestDevice.IsCpu)
            Assert.Equal(whole.Model, parts.Model);
        using SafeTensorsFile expected = SafeTensorsFile.Open(whole.Checkpoint);
        using SafeTensorsFile found = SafeTensorsFile.Open(parts.Checkpoint);
        Assert.Equal(expected.Names, found.Names);
        // The devices round differently, and Muon makes every singular value 1, the smallest rounding errors' too.
        foreach (string name in expected.Names.Where(n => n.EndsWith("embeddings.weight")))
            Assert.All(expected.ReadFloat32(name).Zip(found.ReadFloat32(name)), p => Assert.Equal(p.First, p.Second, 1e-2));
    }

    [Theory]
    [InlineData("\"dtype\":\"F32\"", "\"dtype\":\"I32\"")]
    [InlineData("\"step\":\"1\"", "\"step\":\"3\"")]
    [InlineData("\"seconds\":", "\"sekonds\":")]
    [InlineData("momentum.0", "momentum.7")]
    public void A_damaged_checkpoint_is_refused(string replaced, string replacement)
    {
        using var run = new SmallPretraining();
        SmallPretraining.Run(run.Options with { TimeLimit = TimeSpan.Zero });
        string content = Encoding.Latin1.GetString(File.ReadAllBytes(run.Checkpoint));
        Assert.Contains(replaced, content);
        byte[] damaged = Encoding.Latin1.GetBytes(content.Replace(replaced, replacement));
        File.WriteAllBytes(run.Checkpoint, damaged);
        string message = Assert.Throws<InvalidDataException>(() => SmallPretraining.Run(run.Options)).Message;
        Assert.Contains("does not fit its checksum", message);
        Assert.Contains("Delete it to begin", message);
        Assert.Equal(damaged, File.ReadAllBytes(run.Checkpoint));
    }

    [Fact]
    public void What_a_step_computes_with_is_where_the_model_is()
    {
        // The meta device has no kernels for the forward pass in older versions of libtorch, so this looks at places only.
        Device meta = new(DeviceType.META);
        var options = new PretrainOptions { Corpus = [], Output = "", HiddenSize = 32, LayerCount = 1, HeadCount = 2 };
        EncoderConfiguration configuration = options.Configuration(50);
        using var weights = new RandomWeights(configuration, 1);
        using var model = new MaskedLanguageModel(configuration, weights);
        model.MoveTo(meta);
        Assert.All(model.Parameters, p => Assert.Equal(DeviceType.META, p.Value.device.type));
        using var momentum = new OrthogonalMomentum(model.Encoder.Linears.Select(l => l.Weight));
        Assert.All(momentum.State, v => Assert.Equal(DeviceType.META, v.device.type));

        var rows = new MaskedRows([new[] { 0, 5, 6, 2 }, new[] { 0, 7, 8, 2 }], [1, 6], [9, 9]);
        using MaskedBatch batch = MaskedBatch.Create(rows, configuration.PadId, meta);
        Tensor[] made = [batch.Packed.Ids, batch.Positions, batch.Targets, batch.Neighbours];
        Assert.All(made, t => Assert.Equal(DeviceType.META, t.device.type));
        using var sums = new LossSums(meta);
        using Tensor loss = zeros([], device: meta);
        sums.Add(loss, loss);
        PositionTable.Repeat(model.Encoder, 4);
    }
}

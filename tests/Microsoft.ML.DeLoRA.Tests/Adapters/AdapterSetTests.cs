using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Tests.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Adapters;

public class AdapterSetTests
{
    private static readonly DeLoRAMethod _method = new() { Rank = 2, Initialization = DeLoRAInitialization.ZeroB };

    [Fact]
    public void Query_and_value_of_every_layer_are_adapted_by_default()
    {
        using SequenceClassifier model = TinyModel.Create();
        using AdapterSet adapters = AdapterSet.Attach(model.Encoder, new DeLoRAMethod());
        Assert.Equal(
            [
                "encoder.layer.0.attention.self.query", "encoder.layer.0.attention.self.value",
                "encoder.layer.1.attention.self.query", "encoder.layer.1.attention.self.value",
            ],
            adapters.Adapters.Select(a => a.Module));
    }

    [Fact]
    public void Switched_off_adapters_leave_the_base_model()
    {
        using SequenceClassifier model = TinyModel.Create();
        float[] before = TinyModel.Logits(model);
        using AdapterSet adapters = AdapterSet.Attach(model.Encoder, _method);
        using (no_grad())
            adapters.Adapters[0].Parameters[1].Value.Fill(1);
        float[] adapted = TinyModel.Logits(model);
        adapters.Enabled = false;
        Assert.Equal(before, TinyModel.Logits(model));
        Assert.Throws<InvalidOperationException>(() => adapters.Merge());
        adapters.Enabled = true;
        Assert.Equal(adapted, TinyModel.Logits(model));
        Assert.NotEqual(before, adapted);
    }

    [Fact]
    public void A_second_set_on_the_same_layers_is_refused_until_the_first_is_gone()
    {
        using SequenceClassifier model = TinyModel.Create();
        AdapterSet first = AdapterSet.Attach(model.Encoder, _method);
        string message = Assert.Throws<InvalidOperationException>(() => AdapterSet.Attach(model.Encoder, _method)).Message;
        Assert.Contains("encoder.layer.0.attention.self.query", message);
        first.Dispose();
        first.Dispose();
        using AdapterSet second = AdapterSet.Attach(model.Encoder, _method);
        Assert.Throws<ObjectDisposedException>(() => first.Tensors());
    }

    [Fact]
    public void Merging_twice_and_unmerging_unmerged_are_errors()
    {
        using SequenceClassifier model = TinyModel.Create();
        using AdapterSet adapters = AdapterSet.Attach(model.Encoder, _method);
        Assert.Throws<InvalidOperationException>(adapters.Unmerge);
        adapters.Merge();
        Assert.Throws<InvalidOperationException>(() => adapters.Merge());
        Assert.Throws<InvalidOperationException>(() => adapters.Enabled = true);
        Assert.Throws<InvalidOperationException>(() => adapters.Load(adapters.Tensors()));
    }

    [Fact]
    public void Loading_says_which_tensor_is_wrong_and_changes_nothing()
    {
        using SequenceClassifier model = TinyModel.Create();
        using AdapterSet adapters = AdapterSet.Attach(model.Encoder, _method);
        using Tensor other = ones([2, 16]);
        const string name = "base_model.model.roberta.encoder.layer.0.attention.self.query.delora_A";
        float[] before = adapters.Tensors()[name].ToArray();
        Dictionary<string, Tensor> tensors = adapters.Tensors().ToDictionary();
        tensors[name] = other;

        using Tensor narrow = zeros([2, 15]);
        Fails(tensors.Where(t => !t.Key.EndsWith("layer.1.attention.self.value.delora_lambda")),
            "layer.1.attention.self.value.delora_lambda", "[1]");
        Fails(tensors.Select(t => t.Key.EndsWith("layer.1.attention.self.value.delora_A") ? KeyValuePair.Create(t.Key, narrow) : t),
            "[2, 15]", "[2, 16]");
        Fails(tensors.Append(KeyValuePair.Create("base_model.model.roberta.encoder.layer.1.attention.self.key.delora_A", other)),
            "key.delora_A");
        Assert.Equal(before, adapters.Tensors()[name].ToArray());

        adapters.Load(tensors.Append(KeyValuePair.Create("base_model.model.classifier.dense.bias", other)).ToDictionary());
        Assert.Equal(other.ToArray(), adapters.Tensors()[name].ToArray());

        void Fails(IEnumerable<KeyValuePair<string, Tensor>> wrong, params string[] parts)
        {
            string message = Assert.Throws<InvalidDataException>(() => adapters.Load(wrong.ToDictionary())).Message;
            Assert.All(parts, p => Assert.Contains(p, message));
        }
    }

    [Fact]
    public void An_error_while_attaching_leaves_the_encoder_as_it_was()
    {
        using SequenceClassifier model = TinyModel.Create();
        var method = _method with { RankPattern = new Dictionary<string, int> { ["layer.1.attention.self.value"] = 17 } };
        Assert.Throws<ArgumentException>(() => AdapterSet.Attach(model.Encoder, method));
        Assert.All(model.Encoder.Linears, l => Assert.Null(l.Adapter));
        Assert.All(model.Encoder.Parameters, p => Assert.False(p.Trainable));
    }
}

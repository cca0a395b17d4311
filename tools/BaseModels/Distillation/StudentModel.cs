using Microsoft.ML.DeLoRA.BaseModels.Transfer;
using Microsoft.ML.DeLoRA.Weights;
using Microsoft.ML.DeLoRA.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.BaseModels.Distillation;

/// <summary>
/// The student while it is trained. Its embedding table lies outside the encoder; each step puts the rows that the batch needs into a small
/// table of the encoder's, so that neither gradient nor optimiser touch the others.
/// </summary>
/// <remarks>Owns encoder, table and the optimiser's moments. Not thread-safe.</remarks>
internal sealed class StudentModel : IDisposable
{
    // The encoder's table begins with rows that no token has: PadId is not a place, as positions are counted from it.
    private const int FirstPlace = 2;

    private readonly Tensor[] _means;
    private readonly Tensor[] _squares;
    private readonly ModelParameter[] _parameters;
    private readonly int _capacity;

    /// <param name="configuration">The student's shape.</param>
    /// <param name="tensors">Its weights.</param>
    /// <param name="capacity">The most different tokens of a batch.</param>
    public StudentModel(EncoderConfiguration configuration, ITensorSource tensors, int capacity)
    {
        using var scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        (Configuration, _capacity) = (configuration, capacity);
        Words = tensors.Require(StudentDirectory.Words, [configuration.VocabularySize, configuration.HiddenSize]).DetachFromDisposeScope();
        Encoder = new PackedEncoder(
            configuration with { VocabularySize = capacity + FirstPlace },
            new PlacesForWords(new CheckpointWeights(tensors)));
        foreach (ModelParameter parameter in Encoder.Parameters)
            parameter.Trainable = true;
        _parameters = [.. Encoder.Parameters.Where(p => p != Encoder.WordEmbeddings)];
        _means = [.. _parameters.Select(p => zeros_like(p.Value).DetachFromDisposeScope())];
        _squares = [.. _parameters.Select(p => zeros_like(p.Value).DetachFromDisposeScope())];
        WordMean = zeros_like(Words).DetachFromDisposeScope();
        WordSquare = zeros_like(Words).DetachFromDisposeScope();
        WordSteps = new long[configuration.VocabularySize];
    }

    /// <summary>The shape, with the whole vocabulary.</summary>
    public EncoderConfiguration Configuration { get; }

    /// <summary>The encoder, whose embedding table holds the batch's rows alone.</summary>
    public PackedEncoder Encoder { get; }

    /// <summary>The embedding table, [vocabulary, hidden].</summary>
    public Tensor Words { get; }

    private Tensor WordMean { get; }

    private Tensor WordSquare { get; }

    private long[] WordSteps { get; }

    /// <summary>Updates so far.</summary>
    public int StepCount { get; private set; }

    /// <summary>Puts the embeddings of a batch's tokens into the encoder.</summary>
    /// <param name="rows">The rows' ids.</param>
    /// <returns>The same rows with the tokens' places, and the token at each place.</returns>
    public (int[][] Places, int[] Tokens) Place(IEnumerable<int[]> rows)
    {
        var places = new Dictionary<int, int>();
        int[][] placed = [.. rows.Select(row => Array.ConvertAll(row, id =>
        {
            if (!places.TryGetValue(id, out int place))
                places.Add(id, place = places.Count + FirstPlace);
            return place;
        }))];
        if (places.Count > _capacity)
            throw new ArgumentException($"The batch has {places.Count:N0} different tokens; {_capacity:N0} have room.", nameof(rows));
        int width = Configuration.HiddenSize;
        Span<float> table = AdamUpdate.Elements(Encoder.WordEmbeddings.Value);
        Span<float> words = AdamUpdate.Elements(Words);
        foreach ((int id, int place) in places)
            words.Slice(id * width, width).CopyTo(table[(place * width)..]);
        return (placed, [.. places.Keys]);
    }

    /// <summary>One update from the gradients that are there, which are zero afterwards.</summary>
    /// <param name="tokens">The token at each place, as <see cref="Place"/> gave them.</param>
    /// <param name="rate">Learning rate of all but the embeddings.</param>
    /// <param name="wordRate">Learning rate of the embeddings; a row's moments are corrected by the number of its own updates.</param>
    public void Update(int[] tokens, double rate, double wordRate)
    {
        StepCount++;
        Tensor[] gradients = [.. _parameters.Select(p => p.Value.grad!)];
        Tensor wordGradient = Encoder.WordEmbeddings.Value.grad!;
        Parallel.For(0, _parameters.Length, i => AdamUpdate.Apply(
            AdamUpdate.Elements(_parameters[i].Value), AdamUpdate.Elements(_means[i]), AdamUpdate.Elements(_squares[i]),
            AdamUpdate.Elements(gradients[i]), rate, StepCount));
        int width = Configuration.HiddenSize;
        for (int place = 0; place < tokens.Length; place++)
        {
            int token = tokens[place];
            AdamUpdate.Apply(Row(Words), Row(WordMean), Row(WordSquare),
                AdamUpdate.Elements(wordGradient).Slice((place + FirstPlace) * width, width), wordRate, (int)++WordSteps[token]);

            Span<float> Row(Tensor table) => AdamUpdate.Elements(table).Slice(token * width, width);
        }
        foreach (Tensor gradient in gradients)
            gradient.Dispose();
        wordGradient.Dispose();
    }

    /// <summary>The trained values by name: the encoder's parameters, the whole embedding table in its place.</summary>
    public IEnumerable<(string Name, Tensor Value)> Values()
        => _parameters.Select(p => (p.Name, p.Value)).Prepend((StudentDirectory.Words, Words));

    /// <summary>What goes into a checkpoint beside <see cref="Values"/>.</summary>
    public IEnumerable<(string Name, Tensor Value)> Moments()
        => _parameters.Select((p, i) => (p.Name + ".exp_avg", _means[i]))
            .Concat(_parameters.Select((p, i) => (p.Name + ".exp_avg_sq", _squares[i])))
            .Concat([(StudentDirectory.Words + ".exp_avg", WordMean), (StudentDirectory.Words + ".exp_avg_sq", WordSquare)]);

    /// <summary>How many updates each embedding has had.</summary>
    public long[] WordUpdates() => [.. WordSteps];

    /// <summary>Goes on from a checkpoint, whose values and moments have been copied already.</summary>
    public void Resume(int step, long[] wordUpdates)
    {
        StepCount = step;
        wordUpdates.CopyTo(WordSteps, 0);
    }

    public void Dispose()
    {
        Encoder.Dispose();
        foreach (Tensor tensor in (Tensor[])[.. _means, .. _squares, Words, WordMean, WordSquare])
            tensor.Dispose();
    }

    private sealed class PlacesForWords(IWeightSource source) : IWeightSource
    {
        public Tensor Get(string name, ReadOnlySpan<long> shape)
            => name == StudentDirectory.Words ? zeros(shape.ToArray()) : source.Get(name, shape);
    }
}

using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Text;

namespace Microsoft.ML.DeLoRA.Families;

/// <summary>
/// A family of encoders: all that differs from one to the next, and nothing else. The computation is the same for all (post-norm
/// transformer layers on embeddings of tokens, positions and types); whoever needs to know more asks the configuration's family.
/// A family is one file and one row of <see cref="EncoderFamilies"/>.
/// </summary>
/// <remarks>Immutable and thread-safe.</remarks>
internal abstract class EncoderFamily
{
    /// <summary>What config.json calls it, in <c>model_type</c>: <c>roberta</c>.</summary>
    public abstract string ModelType { get; }

    /// <summary>What people call it: RoBERTa.</summary>
    public abstract string Title { get; }

    /// <summary>A well-known model of the family, for messages.</summary>
    public abstract string Example { get; }

    /// <summary>Hugging Face's class of a text classifier, in <c>architectures</c> of config.json.</summary>
    public abstract string ClassifierArchitecture { get; }

    /// <summary>Stands before the encoder's names in models with a head, with its dot.</summary>
    public virtual string Prefix => ModelType + ".";

    /// <summary>Shape and names of the classification head.</summary>
    public abstract HeadLayout Head { get; }

    /// <summary>Values of a config.json that does not say them.</summary>
    public abstract FamilyDefaults Defaults { get; }

    /// <summary>Keys that only this family's config.json has, with their values; default none.</summary>
    public virtual IReadOnlyDictionary<string, object?> OwnKeys { get; } = new Dictionary<string, object?>();

    /// <summary>Whether the second text of a pair has another row of the token-type table than the first.</summary>
    public abstract bool HasTokenTypes { get; }

    /// <summary>How positions are numbered.</summary>
    /// <param name="padId">Id of the padding token.</param>
    public abstract PositionNumbering Positions(int padId);

    /// <summary>How many special tokens stand around a text, or a pair of texts.</summary>
    public abstract int SpecialTokenCount(bool isPair);

    /// <summary>The name by which a tensor or module of a checkpoint is known here: without the prefix, whether or not it has it.</summary>
    public virtual string NameOf(string stored) => stored.StartsWith(Prefix, StringComparison.Ordinal) ? stored[Prefix.Length..] : stored;

    /// <summary>
    /// The name that a tensor or module has in Hugging Face's classifiers: the encoder's with the prefix, others as they are.
    /// </summary>
    public string FullName(string name) => IsOfEncoder(name) ? Prefix + name : name;

    /// <summary>Whether a tensor or module, under its name here, is of the encoder and not of a head on it.</summary>
    public static bool IsOfEncoder(string name)
        => name.StartsWith("encoder.", StringComparison.Ordinal) || name.StartsWith("embeddings.", StringComparison.Ordinal)
            || name.StartsWith("pooler.", StringComparison.Ordinal);

    /// <summary>Reads and checks a config.json, whose <c>model_type</c> is this family's.</summary>
    /// <exception cref="InvalidDataException">A value is missing, out of range or not supported; the message names it.</exception>
    public virtual EncoderConfiguration Read(ConfigurationKeys keys)
    {
        keys.RequireText("hidden_act", "gelu");
        keys.RequireText("position_embedding_type", "absolute");
        var result = new EncoderConfiguration
        {
            Family = this,
            VocabularySize = keys.Integer("vocab_size"),
            HiddenSize = keys.Integer("hidden_size"),
            LayerCount = keys.Integer("num_hidden_layers", max: 1024),
            HeadCount = keys.Integer("num_attention_heads"),
            IntermediateSize = keys.Integer("intermediate_size"),
            PositionCount = keys.Integer("max_position_embeddings"),
            TypeCount = keys.Integer("type_vocab_size", fallback: Defaults.TypeCount),
            PadId = keys.Integer("pad_token_id", fallback: Defaults.PadId, min: 0),
            LayerNormEpsilon = keys.Number("layer_norm_eps", Defaults.LayerNormEpsilon),
            HiddenDropout = keys.Number("hidden_dropout_prob", 0.1),
            AttentionDropout = keys.Number("attention_probs_dropout_prob", 0.1),
            ClassifierDropout = keys.Has("classifier_dropout") ? keys.Number("classifier_dropout", 0) : null,
            InitializerRange = keys.Number("initializer_range", 0.02),
            LabelCount = keys.LabelCount(),
        };
        result.Check();
        return result;
    }

    /// <summary>Whether a directory has a tokenizer of this family.</summary>
    public abstract bool HasTokenizer(string directory);

    /// <summary>Reads the tokenizer of a Hugging Face directory.</summary>
    /// <exception cref="IOException">A file is missing.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, or they do not belong together.</exception>
    /// <exception cref="NotSupportedException">It is another kind of tokenizer; the message says what differs.</exception>
    public abstract ITextTokenizer ReadTokenizer(string directory);

    /// <summary>Makes the tokenizer of what <see cref="ITextTokenizer.Files"/> gave.</summary>
    /// <param name="require">The content of a file; throws where there is none.</param>
    /// <param name="find">The content of a file that there need not be; null where there is none.</param>
    /// <exception cref="InvalidDataException">A file is damaged, or they do not belong together.</exception>
    public abstract ITextTokenizer RestoreTokenizer(
        Func<string, ReadOnlyMemory<byte>> require, Func<string, ReadOnlyMemory<byte>?> find);
}

/// <summary>
/// A classification head on the first token's hidden state: dropout (or none), a dense layer with tanh, dropout, the projection.
/// </summary>
/// <param name="Dense">Name of the dense layer, [hidden, hidden].</param>
/// <param name="Output">Name of the projection, [outputs, hidden].</param>
/// <param name="DropsInput">Whether there is dropout before the dense layer, too.</param>
internal sealed record HeadLayout(string Dense, string Output, bool DropsInput)
{
    /// <summary>
    /// Whether the dense layer is pretrained with the encoder, so that a new head begins with it where a base model has it.
    /// </summary>
    public bool HasPretrainedDense { get; init; }

    /// <summary>The projection's weight, [outputs, hidden].</summary>
    public string OutputWeight { get; } = Output + ".weight";

    /// <summary>The modules that hold the two layers.</summary>
    public IReadOnlyList<string> Modules { get; } = [.. new[] { Dense.Split('.')[0], Output.Split('.')[0] }.Distinct()];

    /// <summary>The four parameters, dense layer first.</summary>
    public IReadOnlyList<string> ParameterNames { get; } = [Dense + ".weight", Dense + ".bias", Output + ".weight", Output + ".bias"];

    /// <summary>Whether a parameter is the projection's: each of its rows belongs to one output.</summary>
    public bool IsOfOutput(string name) => name.StartsWith(Output + ".", StringComparison.Ordinal);
}

/// <summary>Which row of the position table each token of a sequence takes.</summary>
/// <param name="First">The row of the first token; the others follow.</param>
/// <param name="PaddingId">Tokens with this id are not counted and take the row before the first; null: every token is counted.</param>
internal readonly record struct PositionNumbering(int First, int? PaddingId);

/// <summary>What a config.json means that leaves a value out.</summary>
/// <param name="TypeCount"><c>type_vocab_size</c>.</param>
/// <param name="PadId"><c>pad_token_id</c>.</param>
/// <param name="LayerNormEpsilon"><c>layer_norm_eps</c>.</param>
internal sealed record FamilyDefaults(int TypeCount, int PadId, double LayerNormEpsilon);

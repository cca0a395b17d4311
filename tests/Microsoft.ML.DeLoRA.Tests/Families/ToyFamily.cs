using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Families;
using Microsoft.ML.DeLoRA.Tests.Encoders;
using Microsoft.ML.DeLoRA.Text;

namespace Microsoft.ML.DeLoRA.Tests.Families;

/// <summary>
/// A family that differs from RoBERTa in all that a family can differ in: one file, which nothing in the library knows.
/// </summary>
internal sealed class ToyFamily : EncoderFamily
{
    private ToyFamily()
    {
    }

    public static ToyFamily Instance { get; } = new();

    /// <summary>A tiny encoder of the family.</summary>
    public static EncoderConfiguration Configuration { get; } = TinyModel.Configuration with
    {
        Family = Instance,
        TypeCount = 2,
        PadId = 0,
        LayerNormEpsilon = 1e-12,
    };

    public override string ModelType => "toy";

    public override string Title => "Toy";

    public override string Example => "toy-base";

    public override string ClassifierArchitecture => "ToyForSequenceClassification";

    public override HeadLayout Head { get; } = new("pooler.dense", "classifier", DropsInput: false);

    public override FamilyDefaults Defaults { get; } = new(TypeCount: 2, PadId: 0, LayerNormEpsilon: 1e-12);

    public override bool HasTokenTypes => true;

    public override PositionNumbering Positions(int padId) => new(First: 0, PaddingId: null);

    public override int SpecialTokenCount(bool isPair) => isPair ? 3 : 2;

    public override bool HasTokenizer(string directory) => true;

    public override ITextTokenizer ReadTokenizer(string directory) => new ToyTokenizer();

    public override ITextTokenizer RestoreTokenizer(
        Func<string, ReadOnlyMemory<byte>> require, Func<string, ReadOnlyMemory<byte>?> find) => new ToyTokenizer();
}

/// <summary>Each letter is a token: a is 10, b is 11, and so on; 1 begins, 2 ends.</summary>
internal sealed class ToyTokenizer : ITextTokenizer
{
    private readonly SequenceLayout _layout = new(begin: 1, end: 2, between: [], truncateLeft: false);

    public int VocabularySize => 50;

    public int BeginId => 1;

    public int EndId => 2;

    public int PadId => 0;

    public int? UnknownId => null;

    public int? MaskId => null;

    public int? MaxLength => null;

    public IReadOnlyList<(string Name, ReadOnlyMemory<byte> Content)> Files => [("letters.txt", "a to z"u8.ToArray())];

    public int[] EncodeWithoutSpecialTokens(string text) => [.. text.Select(c => c - 'a' + 10)];

    public Encoded Encode(string text, string? pair, int maxLength)
        => _layout.Encode(text, pair, maxLength, (own, _, _) => EncodeWithoutSpecialTokens(own));
}

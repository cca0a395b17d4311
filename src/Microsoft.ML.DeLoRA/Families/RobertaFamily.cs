using Microsoft.ML.DeLoRA.Text;

namespace Microsoft.ML.DeLoRA.Families;

/// <summary>
/// RoBERTa (Liu et al. 2019): positions are counted from the padding token's id plus one, a pair has no token types and four special
/// tokens, the tokenizer is byte-level BPE, the head is <c>classifier.dense</c> and <c>classifier.out_proj</c>.
/// </summary>
internal sealed class RobertaFamily : EncoderFamily
{
    public override string ModelType => "roberta";

    public override string Title => "RoBERTa";

    public override string Example => "roberta-base";

    public override string ClassifierArchitecture => "RobertaForSequenceClassification";

    public override HeadLayout Head { get; } = new("classifier.dense", "classifier.out_proj", DropsInput: true);

    // Those that this library has always taken; Hugging Face's class says 2 types and 1e-12, which no published RoBERTa has.
    public override FamilyDefaults Defaults { get; } = new(TypeCount: 1, PadId: 1, LayerNormEpsilon: 1e-5);

    public override IReadOnlyDictionary<string, object?> OwnKeys { get; } =
        new Dictionary<string, object?> { ["bos_token_id"] = 0, ["eos_token_id"] = 2 };

    public override bool HasTokenTypes => false;

    public override PositionNumbering Positions(int padId) => new(First: padId + 1, PaddingId: padId);

    public override int SpecialTokenCount(bool isPair) => RobertaTokenizer.SpecialTokenCount(isPair);

    public override bool HasTokenizer(string directory) => TokenizerDirectory.HasTokenizer(directory, TokenizerFiles.Vocabulary);

    public override ITextTokenizer ReadTokenizer(string directory) => RobertaTokenizer.FromDirectory(directory);

    public override ITextTokenizer RestoreTokenizer(
        Func<string, ReadOnlyMemory<byte>> require, Func<string, ReadOnlyMemory<byte>?> find)
        => RobertaTokenizer.FromContents(
            require(TokenizerFiles.Vocabulary), require(TokenizerFiles.Merges), find(TokenizerFiles.Settings));
}

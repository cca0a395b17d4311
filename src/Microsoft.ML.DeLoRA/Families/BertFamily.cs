using Microsoft.ML.DeLoRA.Text;

namespace Microsoft.ML.DeLoRA.Families;

/// <summary>
/// BERT (Devlin et al. 2019): positions are counted from 0, the second text of a pair has type 1 and a pair three special tokens, the
/// tokenizer is WordPiece, the head is the encoder's own pooler and <c>classifier</c>.
/// </summary>
internal sealed class BertFamily : EncoderFamily
{
    public override string ModelType => "bert";

    public override string Title => "BERT";

    public override string Example => "bert-base-uncased";

    public override string ClassifierArchitecture => "BertForSequenceClassification";

    public override HeadLayout Head { get; } = new("pooler.dense", "classifier", DropsInput: false) { HasPretrainedDense = true };

    public override FamilyDefaults Defaults { get; } = new(TypeCount: 2, PadId: 0, LayerNormEpsilon: 1e-12);

    public override bool HasTokenTypes => true;

    public override PositionNumbering Positions(int padId) => new(First: 0, PaddingId: null);

    public override int SpecialTokenCount(bool isPair) => BertTokenizer.SpecialTokenCount(isPair);

    /// <inheritdoc/>
    /// <remarks>Files that were converted from TensorFlow call weight and bias of a LayerNorm gamma and beta.</remarks>
    public override string NameOf(string stored)
    {
        string name = base.NameOf(stored);
        return name.EndsWith("LayerNorm.gamma", StringComparison.Ordinal) ? name[..^"gamma".Length] + "weight"
            : name.EndsWith("LayerNorm.beta", StringComparison.Ordinal) ? name[..^"beta".Length] + "bias"
            : name;
    }

    public override bool HasTokenizer(string directory) => TokenizerDirectory.HasTokenizer(directory, TokenizerFiles.VocabularyLines);

    public override ITextTokenizer ReadTokenizer(string directory) => BertTokenizer.FromDirectory(directory);

    public override ITextTokenizer RestoreTokenizer(
        Func<string, ReadOnlyMemory<byte>> require, Func<string, ReadOnlyMemory<byte>?> find)
        => BertTokenizer.FromContents(require(TokenizerFiles.VocabularyLines), require(TokenizerFiles.Settings));
}

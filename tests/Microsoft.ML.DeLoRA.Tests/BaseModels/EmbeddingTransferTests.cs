using Microsoft.ML.DeLoRA.BaseModels.Transfer;
using Microsoft.ML.DeLoRA.BaseModels.Vocabulary;
using Microsoft.ML.DeLoRA.Tests.Text;
using Microsoft.ML.DeLoRA.Text;

namespace Microsoft.ML.DeLoRA.Tests.BaseModels;

public class EmbeddingTransferTests
{
    private static readonly string[] s_teacher = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "re", "##fund", "fund", "."];

    // Row i of the teacher's table is (i, 100 i).
    private static readonly float[] s_table = [.. Enumerable.Range(0, s_teacher.Length).SelectMany(i => (float[])[i, 100 * i])];

    // Merges to " ref", "und" and " fund".
    private static readonly RobertaTokenizer s_student =
        SmallVocabulary.Of("Ġ r", "Ġr e", "Ġre f", "u n", "un d", "Ġ f", "Ġf und").ToTokenizer();

    private static float[] Row(float[] table, int id) => table[(2 * id)..(2 * id + 2)];

    private static float[] Align(params (string Word, long Count)[] words) => EmbeddingTransfer.Align(
        new TokenSpans(s_student), new WordPiece(s_teacher), s_table, 2, words.Select(w => KeyValuePair.Create(w.Word, w.Count)));

    private static int Id(string token) => Assert.Single(s_student.EncodeWithoutSpecialTokens(token));

    [Fact]
    public void A_token_is_the_mean_of_the_pieces_that_share_characters_with_it()
    {
        float[] table = Align(("refund", 7));

        // " ref" overlaps re (5) and ##fund (6); "und" ##fund alone.
        Assert.Equal([5.5f, 550f], Row(table, Id(" ref")));
        Assert.Equal([6f, 600f], Row(table, Id("und")));
    }

    [Fact]
    public void Occurrences_count_as_often_as_they_are()
    {
        // "und" is a part of ##fund (6) once; behind a point it is a word that the teacher does not know ([UNK], 1), three times.
        float[] table = Align(("refund", 1), (".und", 3));

        Assert.Equal((6f + 3 * 1f) / 4, Row(table, Id("und"))[0], 5);
    }

    [Fact]
    public void A_token_that_occurs_nowhere_has_its_own_texts_pieces()
        => Assert.Equal([7f, 700f], Row(Align(("refund", 1)), Id(" fund")));

    [Fact]
    public void Special_tokens_are_the_teachers()
    {
        float[] table = Align(("refund", 1));

        int[] special = [s_student.BeginId, s_student.EndId, s_student.PadId, s_student.UnknownId!.Value, s_student.MaskId!.Value];
        Assert.Equal([2f, 3f, 0f, 1f, 4f], special.Select(id => Row(table, id)[0]));
    }

    [Fact]
    public void A_students_piece_says_which_characters_it_came_from()
        => Assert.Equal([(0, 3), (3, 6)], new TokenSpans(s_student).Pieces("refund").Select(p => (p.Start, p.End)));
}

using Microsoft.ML.Data;

namespace Microsoft.ML.DeLoRA.MLNet;

/// <summary>The values of a score column that has one score for each class or label.</summary>
internal static class ScoreVector
{
    /// <summary>The getter; it copies, since the caller may write to what it gets.</summary>
    /// <param name="scores">The scores of the current row.</param>
    /// <param name="count">Scores of a row.</param>
    public static ValueGetter<VBuffer<float>> CreateGetter(Func<ReadOnlyMemory<float>> scores, int count)
        => (ref VBuffer<float> value) =>
        {
            var editor = VBufferEditor.Create(ref value, count);
            scores().Span.CopyTo(editor.Values);
            value = editor.Commit();
        };
}

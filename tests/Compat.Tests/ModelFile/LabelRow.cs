using Microsoft.ML;

namespace Compat.Tests.ModelFile;

/// <summary>A label of any type and a text.</summary>
internal sealed class LabelRow<TLabel>
{
    public TLabel? Label = default;
    public string? Text = null;

    public static IDataView View(MLContext context, params TLabel[] labels) => context.Data.LoadFromEnumerable(
        labels.Select((label, i) => new LabelRow<TLabel> { Label = label, Text = ((char)('a' + i)).ToString() }).ToArray());
}

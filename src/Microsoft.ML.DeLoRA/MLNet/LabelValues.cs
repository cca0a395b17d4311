using Microsoft.ML.Data;

namespace Microsoft.ML.DeLoRA.MLNet;

/// <summary>The values behind the keys of a label column, such as the classes' names.</summary>
/// <param name="Kind">Their type.</param>
/// <param name="Texts">The values as text, by key.</param>
internal sealed record LabelValues(LabelValueKind Kind, IReadOnlyList<string> Texts)
{
    /// <summary>Those of a key column; null when it has none.</summary>
    public static LabelValues? Of(DataViewSchema.Column column)
    {
        // ML.NET's HasKeyValues asks for texts, but keys of numbers and Booleans have values, too.
        if (column.Type is not KeyDataViewType
            || column.Annotations.Schema.GetColumnOrNull(AnnotationNames.KeyValues)?.Type is not VectorDataViewType type)
            return null;
        return LabelValueKind.Find(type.ItemType) is { } kind ? new LabelValues(kind, kind.Read(column.Annotations, AnnotationNames.KeyValues)) : null;
    }

    /// <summary>Values that are texts.</summary>
    public static LabelValues OfTexts(IReadOnlyList<string> texts) => new(LabelValueKind.Find(TextDataViewType.Instance)!, texts);

    /// <summary>Is every text a value of the kind? Those of a file may not be.</summary>
    public bool AreValid
    {
        get
        {
            try
            {
                AddTo(new DataViewSchema.Annotations.Builder(), AnnotationNames.KeyValues);
                return true;
            }
            catch (Exception e) when (e is FormatException or OverflowException)
            {
                return false;
            }
        }
    }

    /// <summary>Adds them as an annotation.</summary>
    public void AddTo(DataViewSchema.Annotations.Builder builder, string annotation) => Kind.Add(builder, annotation, Texts);

    public bool Equals(LabelValues? other) => other is not null && Kind == other.Kind && Texts.SequenceEqual(other.Texts);

    public override int GetHashCode() => HashCode.Combine(Kind, Texts.Count);
}

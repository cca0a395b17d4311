namespace Microsoft.ML.Data;

/// <summary>A column that a row mapper adds.</summary>
/// <param name="Name">Its name; a column of that name in the input becomes hidden.</param>
/// <param name="Type">Its type.</param>
/// <param name="Annotations">Its annotations; null for none.</param>
/// <param name="Inputs">Indices of the input columns that it is made of.</param>
/// <param name="CreateGetter">Makes its <see cref="ValueGetter{TValue}"/> over an input row in which <paramref name="Inputs"/> are active.</param>
internal sealed record MappedColumn(
    string Name,
    DataViewType Type,
    DataViewSchema.Annotations Annotations,
    IReadOnlyList<int> Inputs,
    Func<DataViewRow, Delegate> CreateGetter);

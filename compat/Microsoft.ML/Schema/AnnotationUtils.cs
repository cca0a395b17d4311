namespace Microsoft.ML.Data;

/// <summary>Names of the annotations that the library itself reads, and short ways to add and find them.</summary>
internal static class AnnotationUtils
{
    public static class Kinds
    {
        public const string KeyValues = "KeyValues";
        public const string SlotNames = "SlotNames";
        public const string IsNormalized = "IsNormalized";
    }

    public static void AddKeyValues<TValue>(this DataViewSchema.Annotations.Builder builder, int count, PrimitiveDataViewType itemType,
        ValueGetter<VBuffer<TValue>> getter) =>
        builder.Add(Kinds.KeyValues, new VectorDataViewType(itemType, count), getter);

    public static void AddSlotNames(this DataViewSchema.Annotations.Builder builder, int count, ValueGetter<VBuffer<ReadOnlyMemory<char>>> getter) =>
        builder.Add(Kinds.SlotNames, new VectorDataViewType(TextDataViewType.Instance, count), getter);
}

using System.Reflection;

namespace Microsoft.ML.Data;

/// <summary>Writes the value of a column into a member of an object.</summary>
internal static class MemberSetters
{
    public static bool Fits(RowMember member, DataViewType columnType) =>
        member.ItemType is not null
        && member.IsVector == columnType is VectorDataViewType
        && member.ItemType.RawType == columnType.GetItemType().RawType;

    public static Action<TRow> Create<TRow>(RowMember member, DataViewRow row, DataViewSchema.Column column)
    {
        Type item = member.ItemType.RawType;
        if (member.Type == typeof(string))
            return Text(member.Writer<TRow, string>(), row.GetGetter<ReadOnlyMemory<char>>(column));
        if (member.Type == typeof(string[]))
            return Texts(member.Writer<TRow, string[]>(), row.GetGetter<VBuffer<ReadOnlyMemory<char>>>(column));
        string method = !member.IsVector ? nameof(Scalar) : member.Type.IsArray ? nameof(Array) : nameof(Vector);
        return (Action<TRow>)Getters.Invoke(typeof(MemberSetters).GetMethod(method, BindingFlags.NonPublic | BindingFlags.Static),
            [typeof(TRow), item], member, row, column);
    }

    private static Action<TRow> Text<TRow>(Action<TRow, string> write, ValueGetter<ReadOnlyMemory<char>> getter)
    {
        ReadOnlyMemory<char> value = default;
        return target =>
        {
            getter(ref value);
            write(target, value.ToString());
        };
    }

    private static Action<TRow> Scalar<TRow, T>(RowMember member, DataViewRow row, DataViewSchema.Column column)
    {
        Action<TRow, T> write = member.Writer<TRow, T>();
        ValueGetter<T> getter = row.GetGetter<T>(column);
        T value = default;
        return target =>
        {
            getter(ref value);
            write(target, value);
        };
    }

    private static Action<TRow> Texts<TRow>(Action<TRow, string[]> write, ValueGetter<VBuffer<ReadOnlyMemory<char>>> getter)
    {
        VBuffer<ReadOnlyMemory<char>> value = default;
        return target =>
        {
            getter(ref value);
            write(target, value.Length == 0 ? null : value.DenseValues().Select(v => v.ToString()).ToArray());
        };
    }

    // Observed: an empty vector leaves null, not an empty array.
    private static Action<TRow> Array<TRow, T>(RowMember member, DataViewRow row, DataViewSchema.Column column)
    {
        Action<TRow, T[]> write = member.Writer<TRow, T[]>();
        ValueGetter<VBuffer<T>> getter = row.GetGetter<VBuffer<T>>(column);
        VBuffer<T> value = default;
        return target =>
        {
            getter(ref value);
            write(target, value.Length == 0 ? null : value.DenseValues().ToArray());
        };
    }

    private static Action<TRow> Vector<TRow, T>(RowMember member, DataViewRow row, DataViewSchema.Column column)
    {
        Action<TRow, VBuffer<T>> write = member.Writer<TRow, VBuffer<T>>();
        ValueGetter<VBuffer<T>> getter = row.GetGetter<VBuffer<T>>(column);
        return target =>
        {
            VBuffer<T> value = default;
            getter(ref value);
            write(target, value);
        };
    }
}

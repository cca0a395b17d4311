using System.Reflection;

namespace Microsoft.ML.Data;

/// <summary>Column getters that read a member of the current object.</summary>
internal static class MemberGetters
{
    /// <summary>A <see cref="ValueGetter{TValue}"/> of the column's raw type; null when the row is null is a NullReferenceException, as observed.</summary>
    public static Delegate Create<TRow>(BoundMember bound, Func<TRow> current) where TRow : class
    {
        RowMember member = bound.Member;
        Type item = member.ItemType.RawType;
        if (!member.IsVector)
        {
            if (member.Type == typeof(string))
                return Text(member.Reader<TRow, string>(), current);
            return bound.ColumnType is KeyDataViewType key
                ? Call(nameof(Key), item, member, current, key.Count)
                : Call(nameof(Scalar), item, member, current);
        }
        if (member.Type == typeof(string[]))
            return Texts(member.Reader<TRow, string[]>(), current);
        return Call(member.Type.IsArray ? nameof(Array) : nameof(Vector), item, member, current);
    }

    private static Delegate Call<TRow>(string method, Type item, RowMember member, Func<TRow> current, params object[] more) =>
        (Delegate)Getters.Invoke(typeof(MemberGetters).GetMethod(method, BindingFlags.NonPublic | BindingFlags.Static),
            [typeof(TRow), item], [member, current, .. more]);

    private static ValueGetter<ReadOnlyMemory<char>> Text<TRow>(Func<TRow, string> read, Func<TRow> current) =>
        (ref ReadOnlyMemory<char> value) => value = read(current()).AsMemory();

    private static ValueGetter<T> Scalar<TRow, T>(RowMember member, Func<TRow> current)
    {
        Func<TRow, T> read = member.Reader<TRow, T>();
        return (ref T value) => value = read(current());
    }

    // Objects hold 0-based keys, columns 1-based ones; what is out of range is missing.
    private static ValueGetter<T> Key<TRow, T>(RowMember member, Func<TRow> current, ulong count) where T : System.Numerics.IBinaryInteger<T>
    {
        Func<TRow, T> read = member.Reader<TRow, T>();
        return (ref T value) =>
        {
            T index = read(current());
            value = ulong.CreateTruncating(index) < count ? index + T.One : T.Zero;
        };
    }

    private static ValueGetter<VBuffer<ReadOnlyMemory<char>>> Texts<TRow>(Func<TRow, string[]> read, Func<TRow> current) =>
        (ref VBuffer<ReadOnlyMemory<char>> value) =>
        {
            string[] items = read(current()) ?? [];
            VBufferEditor<ReadOnlyMemory<char>> editor = VBufferEditor.Create(ref value, items.Length);
            for (int i = 0; i < items.Length; i++)
                editor.Values[i] = items[i].AsMemory();
            value = editor.Commit();
        };

    private static ValueGetter<VBuffer<T>> Array<TRow, T>(RowMember member, Func<TRow> current)
    {
        Func<TRow, T[]> read = member.Reader<TRow, T[]>();
        return (ref VBuffer<T> value) =>
        {
            T[] items = read(current()) ?? [];
            VBufferEditor<T> editor = VBufferEditor.Create(ref value, items.Length);
            items.CopyTo(editor.Values);
            value = editor.Commit();
        };
    }

    private static ValueGetter<VBuffer<T>> Vector<TRow, T>(RowMember member, Func<TRow> current)
    {
        Func<TRow, VBuffer<T>> read = member.Reader<TRow, VBuffer<T>>();
        return (ref VBuffer<T> value) => read(current()).CopyTo(ref value);
    }
}

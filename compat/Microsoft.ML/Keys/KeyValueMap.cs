namespace Microsoft.ML.Transforms;

/// <summary>From keys to the values of an annotation.</summary>
internal abstract class KeyValueMap
{
    public abstract Delegate CreateGetter(DataViewRow row);
}

internal sealed class KeyValueMap<TKey, TValue> : KeyValueMap where TKey : unmanaged
{
    private readonly DataViewSchema.Column _input;
    private readonly Lazy<TValue[]> _values;

    public KeyValueMap(DataViewSchema.Column input, DataViewSchema.Column keyValues)
    {
        _input = input;
        _values = new(() =>
        {
            VBuffer<TValue> values = default;
            input.Annotations.GetGetter<VBuffer<TValue>>(keyValues)(ref values);
            return values.DenseValues().ToArray();
        });
    }

    public override Delegate CreateGetter(DataViewRow row)
    {
        TValue[] values = _values.Value;
        if (_input.Type is not VectorDataViewType)
        {
            ValueGetter<TKey> getter = row.GetGetter<TKey>(_input);
            TKey key = default;
            return (ValueGetter<TValue>)((ref TValue value) =>
            {
                getter(ref key);
                value = Value(values, key);
            });
        }
        ValueGetter<VBuffer<TKey>> vectorGetter = row.GetGetter<VBuffer<TKey>>(_input);
        VBuffer<TKey> keys = default;
        return (ValueGetter<VBuffer<TValue>>)((ref VBuffer<TValue> destination) =>
        {
            vectorGetter(ref keys);
            VBufferEditor<TValue> editor = VBufferEditor.Create(ref destination, keys.Length);
            int i = 0;
            foreach (TKey key in keys.DenseValues())
                editor.Values[i++] = Value(values, key);
            destination = editor.Commit();
        });
    }

    private static TValue Value(TValue[] values, TKey key)
    {
        ulong raw = Raw(key);
        return raw - 1 < (ulong)values.Length ? values[raw - 1] : TermValues<TValue>.Missing;
    }

    private static ulong Raw(TKey key) => key switch
    {
        byte value => value,
        ushort value => value,
        uint value => value,
        ulong value => value,
        _ => 0,
    };
}

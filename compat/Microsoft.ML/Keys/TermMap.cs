namespace Microsoft.ML.Transforms;

/// <summary>The values of one column in key order, and back from a value to its key.</summary>
internal abstract class TermMap(PrimitiveDataViewType itemType)
{
    public PrimitiveDataViewType ItemType => itemType;

    public abstract int Count { get; }

    /// <summary>Of the keys; one value at least, since no key type has none.</summary>
    public KeyDataViewType KeyType => new(typeof(uint), Math.Max(1, Count));

    /// <summary>A getter of keys (or of vectors of keys) over a row's column of values.</summary>
    public abstract Delegate CreateGetter(DataViewRow row, DataViewSchema.Column input);

    /// <summary>The values in key order, for annotations; none for no values.</summary>
    public abstract void AddKeyValues(DataViewSchema.Annotations.Builder builder, bool asText, DataViewSchema.Column input);

    /// <summary>The values as text, in key order.</summary>
    public abstract IEnumerable<string> Texts { get; }

    public abstract void Save(ModelSaveContext ctx);

    /// <summary>Learns nothing yet: values come by <see cref="TermCollector.Collect"/>.</summary>
    public static TermCollector CreateCollector(DataViewRow row, DataViewSchema.Column column) =>
        (TermCollector)Getters.Create(typeof(TermCollector<>), [column.Type.GetItemType().RawType], row, column);
}

internal sealed class TermMap<T> : TermMap
{
    private readonly T[] _terms;
    private readonly Dictionary<T, uint> _keys;

    public TermMap(PrimitiveDataViewType itemType, T[] terms) : base(itemType)
    {
        _terms = terms;
        _keys = new Dictionary<T, uint>(TermValues<T>.Equality);
        foreach (T term in terms)
            _keys.TryAdd(term, (uint)_keys.Count + 1);
        if (_keys.Count != terms.Length)
            throw Contracts.ExceptDecode("Corrupt vocabulary: a value is there twice");
    }

    public override int Count => _terms.Length;

    public override IEnumerable<string> Texts => _terms.Select(TermValues<T>.Text);

    public override Delegate CreateGetter(DataViewRow row, DataViewSchema.Column input)
    {
        if (input.Type is not VectorDataViewType)
        {
            ValueGetter<T> getter = row.GetGetter<T>(input);
            T value = default;
            return (ValueGetter<uint>)((ref uint key) =>
            {
                getter(ref value);
                key = Key(value);
            });
        }
        ValueGetter<VBuffer<T>> vectorGetter = row.GetGetter<VBuffer<T>>(input);
        VBuffer<T> values = default;
        return (ValueGetter<VBuffer<uint>>)((ref VBuffer<uint> keys) =>
        {
            vectorGetter(ref values);
            VBufferEditor<uint> editor = VBufferEditor.Create(ref keys, values.Length);
            int i = 0;
            foreach (T value in values.DenseValues())
                editor.Values[i++] = Key(value);
            keys = editor.Commit();
        });
    }

    public override void AddKeyValues(DataViewSchema.Annotations.Builder builder, bool asText, DataViewSchema.Column input)
    {
        if (Count == 0)
            return;
        if (ItemType is KeyDataViewType)
            AddValuesOfKeys(builder, input);
        else if (asText)
            Add(builder, TextDataViewType.Instance, Texts.Select(text => text.AsMemory()).ToArray());
        else
            Add(builder, ItemType, _terms);
    }

    public override void Save(ModelSaveContext ctx)
    {
        if (_terms is ReadOnlyMemory<char>[] texts)
        {
            ctx.Writer.Write(TermManager.Text);
            ctx.Writer.Write(texts.Length);
            foreach (ReadOnlyMemory<char> text in texts)
                ctx.SaveNonEmptyString(text.ToString());
            return;
        }
        var codec = (ValueCodec<T>)(ValueCodec.OrNull(ItemType) ?? throw Contracts.Except($"Values of type '{ItemType}' cannot be saved"));
        ctx.Writer.Write(TermManager.Codec);
        codec.WriteSelf(ctx.Writer);
        ctx.Writer.Write(_terms.Length);
        codec.Write(ctx.Writer, _terms);
    }

    private uint Key(T value) => TermValues<T>.IsMissing(value, ItemType) ? 0 : _keys.GetValueOrDefault(value);

    /// <summary>A key of keys has the values that those keys stand for.</summary>
    private void AddValuesOfKeys(DataViewSchema.Annotations.Builder builder, DataViewSchema.Column input)
    {
        if (input.Annotations.Schema.GetColumnOrNull(AnnotationUtils.Kinds.KeyValues) is not { Type: VectorDataViewType vector } column)
            return;
        Getters.Invoke(((Action<DataViewSchema.Annotations.Builder, DataViewSchema.Column, DataViewSchema.Column>)AddValuesOfKeys<int>)
            .Method.GetGenericMethodDefinition(), [vector.ItemType.RawType], this, builder, input, column);
    }

    private void AddValuesOfKeys<TValue>(DataViewSchema.Annotations.Builder builder, DataViewSchema.Column input,
        DataViewSchema.Column keyValues)
    {
        VBuffer<TValue> all = default;
        input.Annotations.GetGetter<VBuffer<TValue>>(keyValues)(ref all);
        TValue[] values = _terms.Select(term => all.GetItemOrDefault((int)Convert.ToUInt64(term) - 1)).ToArray();
        Add(builder, ((VectorDataViewType)keyValues.Type).ItemType, values);
    }

    private static void Add<TValue>(DataViewSchema.Annotations.Builder builder, PrimitiveDataViewType type, TValue[] values) =>
        builder.AddKeyValues(values.Length, type, (ref VBuffer<TValue> destination) =>
            new VBuffer<TValue>(values.Length, values).CopyTo(ref destination));
}

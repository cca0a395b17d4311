using System.Runtime.CompilerServices;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Compat.Tests.Data;

/// <summary>
/// A classifier by text length, written as a third party would: public API only. Adds PredictedLabel and Score to Text;
/// <paramref name="keeps"/> chooses their annotations ("Score.SlotNames"...).
/// </summary>
internal sealed class LengthScorer(Func<string, bool>? keeps = null) : IEstimator<LengthScorer>, ITransformer, IDisposable
{
    private static readonly string[] Classes = ["short", "mid", "long"];
    private static readonly int[] Lengths = [5, 7, 10];

    public int Disposed { get; private set; }

    public bool IsRowToRowMapper { get; init; } = true;

    public static IEnumerable<TextAndCategory> Rows(int count) =>
        Enumerable.Range(0, count).Select(i => new TextAndCategory { Text = new string('x', Lengths[i % 3]), Cat = Classes[i % 3] });

    public LengthScorer Fit(IDataView input) => this;

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        DataViewSchema outputs = AddTo(new DataViewSchema.Builder());
        IEnumerable<SchemaShape.Column> added = outputs.Select(c => NewColumn(
            c.Name,
            c.Type is VectorDataViewType ? SchemaShape.Column.VectorKind.Vector : SchemaShape.Column.VectorKind.Scalar,
            c.Type is VectorDataViewType vector ? vector.ItemType : NumberDataViewType.UInt32,
            c.Type is KeyDataViewType,
            new SchemaShape(c.Annotations.Schema.Select(a => NewColumn(
                a.Name,
                a.Type is VectorDataViewType ? SchemaShape.Column.VectorKind.Vector : SchemaShape.Column.VectorKind.Scalar,
                a.Type is VectorDataViewType values ? values.ItemType : a.Type is KeyDataViewType ? NumberDataViewType.UInt32 : a.Type,
                a.Type is KeyDataViewType,
                null)))));
        return new SchemaShape(inputSchema.Where(c => outputs.GetColumnOrNull(c.Name) is null).Concat(added));
    }

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(inputSchema);
        return AddTo(builder);
    }

    public IDataView Transform(IDataView input) => new ScoredView(input, GetOutputSchema(input.Schema));

    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => new Mapper(inputSchema, GetOutputSchema(inputSchema));

    public void Save(ModelSaveContext ctx) => throw new NotSupportedException();

    public void Dispose() => Disposed++;

    private static DataViewSchema.Annotations Texts(IEnumerable<(string Name, string Text)> texts, IEnumerable<string> lists, bool withSetId)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        foreach ((string name, string text) in texts)
            builder.AddPrimitiveValue(name, TextDataViewType.Instance, text.AsMemory());
        if (withSetId)
            builder.AddPrimitiveValue("ScoreColumnSetId", new KeyDataViewType(typeof(uint), int.MaxValue), 1u);
        foreach (string name in lists)
        {
            builder.Add(name, new VectorDataViewType(TextDataViewType.Instance, Classes.Length), (ref VBuffer<ReadOnlyMemory<char>> value) =>
                value = new VBuffer<ReadOnlyMemory<char>>(Classes.Length, Classes.Select(c => c.AsMemory()).ToArray()));
        }
        return builder.ToAnnotations();
    }

    [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
    private static extern SchemaShape.Column NewColumn(string name, SchemaShape.Column.VectorKind vecKind, DataViewType itemType, bool isKey, SchemaShape? annotations);

    private DataViewSchema AddTo(DataViewSchema.Builder builder)
    {
        builder.AddColumn("PredictedLabel", new KeyDataViewType(typeof(uint), Classes.Length), Annotations("PredictedLabel", "KeyValues"));
        builder.AddColumn("Score", new VectorDataViewType(NumberDataViewType.Single, Classes.Length), Annotations("Score", "SlotNames", "TrainingLabelValues"));
        return builder.ToSchema();
    }

    private DataViewSchema.Annotations Annotations(string column, params string[] lists)
    {
        bool Keeps(string name) => keeps?.Invoke($"{column}.{name}") ?? true;

        (string Name, string Text)[] texts = [("ScoreColumnKind", "MulticlassClassification"), ("ScoreValueKind", column)];
        return Texts(texts.Where(t => Keeps(t.Name)), lists.Where(Keeps), Keeps("ScoreColumnSetId"));
    }

    public sealed class TextAndCategory
    {
        public string? Text;
        public string? Cat;
    }

    private sealed class Mapper(DataViewSchema input, DataViewSchema output) : IRowToRowMapper
    {
        public DataViewSchema InputSchema => input;

        public DataViewSchema OutputSchema => output;

        public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns) =>
            dependingColumns.Select(c => c.Index < input.Count ? input[c.Index] : input["Text"]).Distinct();

        public DataViewRow GetRow(DataViewRow row, IEnumerable<DataViewSchema.Column> activeColumns) => new ScoredCursor(row, output);
    }

    private sealed class ScoredView(IDataView input, DataViewSchema schema) : IDataView
    {
        public DataViewSchema Schema => schema;

        public bool CanShuffle => input.CanShuffle;

        public long? GetRowCount() => input.GetRowCount();

        public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
            new ScoredCursor(input.GetRowCursor(input.Schema, rand), schema);

        public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) => [GetRowCursor(columnsNeeded, rand)];
    }

    private sealed class ScoredCursor(DataViewRow input, DataViewSchema schema) : DataViewRowCursor
    {
        public override DataViewSchema Schema => schema;

        public override long Position => input.Position;

        public override long Batch => input.Batch;

        public override bool MoveNext() => ((DataViewRowCursor)input).MoveNext();

        public override bool IsColumnActive(DataViewSchema.Column column) => true;

        public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            if (column.Index < input.Schema.Count)
                return input.GetGetter<TValue>(input.Schema[column.Index]);
            ValueGetter<ReadOnlyMemory<char>> text = input.GetGetter<ReadOnlyMemory<char>>(input.Schema["Text"]);
            float[] Scores()
            {
                ReadOnlyMemory<char> value = default;
                text(ref value);
                double[] weights = Lengths.Select(l => Math.Exp(-Math.Abs(value.Length - l))).ToArray();
                return weights.Select(w => (float)(w / weights.Sum())).ToArray();
            }

            Delegate getter = column.Name == "Score"
                ? (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) => value = new VBuffer<float>(Lengths.Length, Scores()))
                : (ValueGetter<uint>)((ref uint value) => value = (uint)Scores().Index().MaxBy(s => s.Item).Index + 1);
            return (ValueGetter<TValue>)getter;
        }
    }
}

using System.Text.Json;
using DeLoRA.TestSupport;
using Microsoft.ML;
using Microsoft.ML.Data;
using static Compat.Tests.Data.EnumerableClasses;

namespace Compat.Tests.Data;

/// <summary>Inactive columns, wrong types and foreign columns, by kind of view.</summary>
public sealed class GetterTests : IDisposable
{
    private static readonly JsonElement Golden = GoldenFile.Load("enumerable").GetProperty("getters");

    private readonly MLContext _context = new(1);
    private readonly TemporaryDirectory _folder = new();
    private readonly Dictionary<string, Func<IDataView>> _views;

    public GetterTests()
    {
        _views = new()
        {
            ["LoadFromEnumerable"] = () => Plain,
            ["MapValueToKey transform (K added)"] = () => Keyed,
            ["Cache"] = () => _context.Data.Cache(Plain),
            ["DropColumns(F) of S,F,K"] = () => _context.Transforms.DropColumns("F").Fit(Keyed).Transform(Keyed),
            ["TextLoader"] = TextFile,
            ["TakeRows"] = () => _context.Data.TakeRows(Plain, 5),
            ["ShuffleRows"] = () => _context.Data.ShuffleRows(Plain, 1),
        };
    }

    /// <summary>Left out, as (view, question): null stands for every question.</summary>
    private static readonly (string View, string? What)[] LeftOut =
    [
        ("FilterRowsByColumn(F)", null), // the product filters no rows by range
        ("DropColumns(F) of S,F,K", "GetGetter with a column of another schema (index 7)"), // an index error by accident
        ("DropColumns(F) of S,F,K", "GetRowCursor with a column of another schema (index 7)"), // likewise
        ("DropColumns(F) of S,F,K", "GetRowCursorSet(all, 3) cursors and rows of each"), // one cursor is as good as three
    ];

    public static TheoryData<string, string> Cases
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (JsonProperty view in Golden.EnumerateObject())
            {
                foreach (JsonProperty what in view.Value.EnumerateObject())
                {
                    if (!LeftOut.Any(l => l.View == view.Name && (l.What ?? what.Name) == what.Name))
                        data.Add(view.Name, what.Name);
                }
            }
            return data;
        }
    }

    private IDataView Plain => _context.Data.LoadFromEnumerable<EFloatText>([new() { F = 1, S = "a" }]);

    private IDataView Keyed => _context.Transforms.Conversion.MapValueToKey("K", "S").Fit(Plain).Transform(Plain);

    [Theory]
    [MemberData(nameof(Cases))]
    public void IsAsGolden(string view, string what) =>
        GoldenAssert.Equal(Golden.GetProperty(view).GetProperty(what), GoldenAssert.Capture(() => Ask(_views[view](), what)));

    public void Dispose() => _folder.Dispose();

    private static object? Ask(IDataView view, string what)
    {
        DataViewSchema.Column Named(string prefix, string suffix = "") => view.Schema[what[prefix.Length..^suffix.Length]];

        if (what.StartsWith("only the others active, GetGetter of ", StringComparison.Ordinal))
        {
            DataViewSchema.Column left = Named("only the others active, GetGetter of ");
            using DataViewRowCursor others = view.GetRowCursor(view.Schema.Where(c => c.Index != left.Index));
            return Observed.Getter(others, left);
        }
        using DataViewRowCursor cursor = view.GetRowCursor(view.Schema);
        if (what.StartsWith("wrong getter type: GetGetter<long>(", StringComparison.Ordinal))
            return cursor.GetGetter<long>(Named("wrong getter type: GetGetter<long>(", ")"));
        switch (what)
        {
            case "columns":
                return view.Schema.Select(c => $"{c.Name}: {c.Type}").ToList();
            case "no columns active: rows counted":
                return Count(view.GetRowCursor([]));
            case "IsColumnActive of all when only the first is asked":
                using (DataViewRowCursor first = view.GetRowCursor([view.Schema[0]]))
                    return view.Schema.Select(first.IsColumnActive).ToList();
            case "GetGetter<string> of the text column":
                return cursor.GetGetter<string>(view.Schema.First(c => c.Type is TextDataViewType));
            case "GetGetter with a column of another schema (index 7)":
                return cursor.GetGetter<ReadOnlyMemory<char>>(Foreign());
            case "GetRowCursor with a column of another schema (index 7)":
                using (view.GetRowCursor([Foreign()]))
                    return "ok";
            case "Schema[\"nope\"]":
                return view.Schema["nope"];
            case "Schema.GetColumnOrNull(\"nope\")":
                return view.Schema.GetColumnOrNull("nope")?.Name ?? "null";
            case "Schema[99]":
                return view.Schema[99];
            case "GetRowCursorSet(all, 3) cursors and rows of each":
                return view.GetRowCursorSet(view.Schema, 3).Select(c => (object?)Count(c)).ToList();
            default:
                throw new InvalidDataException($"unknown question '{what}' in the golden cases");
        }
    }

    private static int Count(DataViewRowCursor cursor)
    {
        using (cursor)
        {
            int rows = 0;
            while (cursor.MoveNext())
                rows++;
            return rows;
        }
    }

    private static DataViewSchema.Column Foreign()
    {
        var builder = new DataViewSchema.Builder();
        for (int i = 0; i < 8; i++)
            builder.AddColumn($"c{i}", TextDataViewType.Instance);
        return builder.ToSchema()[7];
    }

    private IDataView TextFile()
    {
        File.WriteAllText(_folder["a.tsv"], "a\t1\n");
        return _context.Data.LoadFromTextFile<TextLoaderClasses.TSF>(_folder["a.tsv"]);
    }
}

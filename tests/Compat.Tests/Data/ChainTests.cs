using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace Compat.Tests.Data;

/// <summary>How chains are built, nested, fitted and applied.</summary>
public class ChainTests
{
    private static readonly JsonElement Golden = GoldenFile.Load("pipeline").GetProperty("chains");

    private static readonly MLContext Context = new(1);

    private static readonly IDataView Rows = Context.Data.LoadFromEnumerable(LengthScorer.Rows(6).ToArray());

    private static readonly Dictionary<string, Func<object?>> Cases = new()
    {
        ["chain type"] = () => NameOf(Chain()),
        ["LastEstimator"] = () => NameOf(Chain().LastEstimator),
        ["model type"] = () => NameOf(Model()),
        ["LastTransformer"] = () => NameOf(Model().LastTransformer),
        ["enumerated"] = () => Members(Model()),
        ["IsRowToRowMapper"] = () => ((ITransformer)Model()).IsRowToRowMapper,
        ["getOutputSchema (SchemaShape)"] = () => ObservedShape.Columns(Chain().GetOutputSchema(ObservedShape.Of(Rows.Schema))),
        ["getOutputSchema (DataViewSchema)"] = () => WithoutValues(Model().GetOutputSchema(Rows.Schema)),
        ["Append a chain to an estimator (nested or flat)"] = () =>
        {
            EstimatorChain<TransformerChain<KeyToValueMappingTransformer>> nested = Copy("C").Append(Chain());
            TransformerChain<TransformerChain<KeyToValueMappingTransformer>> model = nested.Fit(Rows);
            return new Dictionary<string, object?>
            {
                ["chain type"] = NameOf(nested),
                ["model type"] = NameOf(model),
                ["enumerated"] = Members(model),
                ["LastTransformer"] = NameOf(model.LastTransformer),
            };
        },
        ["chain.Append(estimator)"] = () =>
        {
            EstimatorChain<KeyToValueMappingTransformer> chain = Chain();
            EstimatorChain<ColumnCopyingTransformer> longer = chain.Append(Copy("C"));
            return new Dictionary<string, object?>
            {
                ["same instance as before"] = ReferenceEquals(chain, longer),
                ["model enumerated"] = Members(longer.Fit(Rows)),
                ["old chain still"] = chain.Fit(Rows).Count(),
            };
        },
        ["transformer.Append(transformer)"] = () =>
        {
            TransformerChain<ColumnCopyingTransformer> longer = Model().Append(Copy("C").Fit(Rows));
            return new Dictionary<string, object?>
            {
                ["type"] = NameOf(longer),
                ["enumerated"] = Members(longer),
                ["Transform schema"] = WithoutValues(longer.Transform(Rows).Schema),
            };
        },
        ["empty EstimatorChain"] = () =>
        {
            var empty = new EstimatorChain<ITransformer>();
            TransformerChain<ITransformer> model = empty.Fit(Rows);
            return new Dictionary<string, object?>
            {
                ["LastEstimator"] = empty.LastEstimator,
                ["count"] = model.Count(),
                ["LastTransformer"] = model.LastTransformer,
                ["Transform returns the input"] = ReferenceEquals(Rows, model.Transform(Rows)),
                ["IsRowToRowMapper"] = ((ITransformer)model).IsRowToRowMapper,
            };
        },
        ["empty EstimatorChain.AppendCacheCheckpoint"] = () => new EstimatorChain<ITransformer>().AppendCacheCheckpoint(Context),
        ["empty EstimatorChain.Append"] = () => NameOf(new EstimatorChain<ITransformer>().Append(Chain()).Fit(Rows)),
        ["Append(null)"] = () => Chain().Append<ITransformer>(null),
        ["AppendCacheCheckpoint(null)"] = () => Chain().AppendCacheCheckpoint(null),
        ["AppendCacheCheckpoint twice returns the same instance"] = () =>
        {
            EstimatorChain<KeyToValueMappingTransformer> first = Chain().AppendCacheCheckpoint(Context);
            EstimatorChain<KeyToValueMappingTransformer> second = first.AppendCacheCheckpoint(Context);
            return new Dictionary<string, object?>
            {
                ["second same as first"] = ReferenceEquals(first, second),
                ["type"] = NameOf(second),
                ["model types"] = Members(second.Fit(Rows)),
            };
        },
        ["estimator.AppendCacheCheckpoint (extension)"] = () => NameOf(Copy("C").AppendCacheCheckpoint(Context)),
        ["scopes: TransformerScope.Training dropped"] = () =>
        {
            TransformerChain<ColumnCopyingTransformer> model = new EstimatorChain<ITransformer>()
                .Append(Copy("C1"))
                .Append(Copy("C2"), TransformerScope.Training)
                .Append(Copy("C3"), TransformerScope.Scoring)
                .Fit(Rows);
            return new Dictionary<string, object?>
            {
                ["Transform(data)"] = Names(model.Transform(Rows).Schema),
                ["GetModelFor(Scoring)"] = Names(model.GetModelFor(TransformerScope.Scoring).Transform(Rows).Schema),
                ["GetModelFor(Training)"] = Names(model.GetModelFor(TransformerScope.Training).Transform(Rows).Schema),
                ["GetOutputSchema"] = Names(model.GetOutputSchema(Rows.Schema)),
            };
        },
        ["WithOnFitDelegate"] = () =>
        {
            object? fitted = null;
            _ = Chain().WithOnFitDelegate(m => fitted = m).Fit(Rows);
            return NameOf(fitted);
        },
        ["TransformerChain.Dispose disposes members"] = () =>
        {
            var member = new LengthScorer();
            new TransformerChain<LengthScorer>(member).Dispose();
            return member.Disposed;
        },
        ["non row-to-row member: IsRowToRowMapper, GetRowToRowMapper"] = () =>
        {
            ITransformer chain = new TransformerChain<LengthScorer>(new LengthScorer { IsRowToRowMapper = false });
            return new Dictionary<string, object?>
            {
                ["is"] = chain.IsRowToRowMapper,
                ["get"] = GoldenAssert.Capture(() => chain.GetRowToRowMapper(Rows.Schema)),
                ["CreatePredictionEngine"] = GoldenAssert.Capture(
                    () => Context.Model.CreatePredictionEngine<LengthScorer.TextAndCategory, LengthScorer.TextAndCategory>(chain)),
            };
        },
    };

    /// <summary>Left out: the type of the transformed view, which is internal.</summary>
    public static TheoryData<string> CaseNames => GoldenFile.Names(Golden, "Transform(...).GetType");

    [Theory]
    [MemberData(nameof(CaseNames))]
    public void IsAsGolden(string name) => GoldenAssert.Equal(Golden.GetProperty(name), GoldenAssert.Capture(Cases[name]));

    private static EstimatorChain<KeyToValueMappingTransformer> Chain() =>
        Context.Transforms.Conversion.MapValueToKey("Label", "Cat").Append(Context.Transforms.Conversion.MapKeyToValue("Back", "Label"));

    private static TransformerChain<KeyToValueMappingTransformer> Model() => Chain().Fit(Rows);

    private static ColumnCopyingEstimator Copy(string output) => Context.Transforms.CopyColumns(output, "Text");

    private static List<string> Members(IEnumerable<ITransformer> chain) => chain.Select(NameOf).ToList();

    private static List<string> Names(DataViewSchema schema) => schema.Select(c => c.Name).ToList();

    private static List<object?> WithoutValues(DataViewSchema schema)
    {
        List<object?> columns = Observed.Schema(schema);
        foreach (Dictionary<string, object?> column in columns.Cast<Dictionary<string, object?>>())
        {
            if (column.TryGetValue("annotations", out object? annotations))
                ((List<object?>)annotations!).ForEach(a => ((Dictionary<string, object?>)a!).Remove("value"));
        }
        return columns;
    }

    private static string NameOf(object? instance) => NameOf(instance!.GetType());

    private static string NameOf(Type type) => type.IsGenericType
        ? $"{type.FullName![..type.FullName!.IndexOf('`')]}<{string.Join(",", type.GetGenericArguments().Select(NameOf))}>"
        : type.FullName!;
}

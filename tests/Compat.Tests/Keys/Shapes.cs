using Microsoft.ML;
using Microsoft.ML.Data;

namespace Compat.Tests.Keys;

/// <summary>Shapes of schemas, in the form of the golden files.</summary>
internal static class Shapes
{
    /// <summary>The shape of a view's schema: what the first estimator of a chain gets before anything is fitted.</summary>
    public static SchemaShape Of(IDataView view)
    {
        var spy = new Spy();
        Assert.ThrowsAny<OperationCanceledException>(() => new EstimatorChain<ITransformer>().Append(spy).Fit(view));
        return spy.Seen!;
    }

    public static List<object?> Columns(SchemaShape shape) => shape.Select(c =>
    {
        Dictionary<string, object?> column = Column(c);
        column["annotations"] = c.Annotations.Select(a => (object?)Column(a)).ToList();
        return (object?)column;
    }).ToList();

    private static Dictionary<string, object?> Column(SchemaShape.Column column) => new()
    {
        ["name"] = column.Name,
        ["kind"] = column.Kind.ToString(),
        ["itemType"] = column.ItemType.ToString(),
        ["isKey"] = column.IsKey,
    };

    private sealed class Spy : IEstimator<ITransformer>
    {
        public SchemaShape? Seen { get; private set; }

        public ITransformer Fit(IDataView input) => throw new InvalidOperationException("The shape comes first.");

        public SchemaShape GetOutputSchema(SchemaShape inputSchema)
        {
            Seen = inputSchema;
            throw new OperationCanceledException();
        }
    }
}

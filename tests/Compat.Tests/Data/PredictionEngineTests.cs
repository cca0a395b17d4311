using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Compat.Tests.Data;

#pragma warning disable CS0649 // filled by reflection
/// <summary>One object at a time through a chain with a scorer from outside.</summary>
public class PredictionEngineTests
{
    /// <summary>The golden scorer computes in float, this one in double.</summary>
    private const float ScoreTolerance = 1e-6f;

    private static readonly JsonElement Golden = GoldenFile.Load("pipeline").GetProperty("predictionEngine");

    private static readonly MLContext Context = new(1);

    private static readonly ITransformer Model = Fit(new LengthScorer());

    private static readonly Dictionary<string, Func<object?>> Cases = new()
    {
        ["defaults"] = () => new Dictionary<string, object?>
        {
            ["IgnoreMissingColumns"] = new PredictionEngineOptions().IgnoreMissingColumns,
            ["OwnsTransformer"] = new PredictionEngineOptions().OwnsTransformer,
        },
        ["input PRow (Text, Cat), output PPred (Pred, Score)"] = () => Predict<PPred>(Row),
        ["input null Text"] = () => Predict<PPred>(new PRow { Cat = "short" }),
        ["input PText (no Cat, which the label mapping needs)"] = () => Engine<PText, PPred>(new()),
        ["input PNone (no Text, no Cat)"] = () => Engine<PNone, PPred>(new()),
        ["input with Text of another type"] = () => Engine<PTextAsFloat, PPred>(new()),
        ["output with an extra member, default"] = () => Predict<PExtra>(Row),
        ["output with an extra member, IgnoreMissingColumns false"] = () => Engine<PRow, PExtra>(new() { IgnoreMissingColumns = false }),
        ["output PK (PredictedLabel uint, Score)"] = () => Predict<PK>(Row),
        ["output of a wrong type (Text as float)"] = () => Engine<PRow, PTextAsFloat>(new()),
        ["CreatePredictionEngine(transformer, ignoreMissingColumns false), extra member"] = () => Context.Model.CreatePredictionEngine<PRow, PExtra>(Model, false),
        ["CreatePredictionEngine(transformer, inputSchema) with the label-less class PText"] = () =>
            Context.Model.CreatePredictionEngine<PText, PPred>(Model, Context.Data.LoadFromEnumerable<PRow>([]).Schema),
        ["Predict(null)"] = () => Engine<PRow, PPred>(new()).Predict(null!),
        ["Predict returns a new object each time"] = () =>
        {
            PredictionEngine<PRow, PPred> engine = Engine<PRow, PPred>(new());
            PPred first = engine.Predict(Row), second = engine.Predict(Row);
            return new Dictionary<string, object?> { ["sameObject"] = ReferenceEquals(first, second), ["sameScoreArray"] = ReferenceEquals(first.Score, second.Score) };
        },
        ["Predict(example, ref prediction) fills the object given"] = () =>
        {
            var given = new PPred();
            PPred filled = given;
            Engine<PRow, PPred>(new()).Predict(Row, ref filled);
            return new Dictionary<string, object?> { ["same"] = ReferenceEquals(given, filled), ["Pred"] = filled.Pred };
        },
        ["Dispose disposes the transformer (OwnsTransformer default)"] = () =>
        {
            var scorer = new LengthScorer();
            PredictionEngine<PRow, PPred> engine = Context.Model.CreatePredictionEngine<PRow, PPred>(Fit(scorer), new PredictionEngineOptions());
            engine.Dispose();
            int first = scorer.Disposed;
            engine.Dispose();
            return new Dictionary<string, object?> { ["afterFirst"] = first, ["afterSecond"] = scorer.Disposed };
        },
        ["Dispose, OwnsTransformer false"] = () =>
        {
            var scorer = new LengthScorer();
            Context.Model.CreatePredictionEngine<PRow, PPred>(Fit(scorer), new PredictionEngineOptions { OwnsTransformer = false }).Dispose();
            return scorer.Disposed;
        },
        ["Predict after Dispose"] = () =>
        {
            PredictionEngine<PRow, PPred> engine = Engine<PRow, PPred>(new());
            engine.Dispose();
            return engine.Predict(Row).Pred;
        },
        ["transformer null"] = () => Context.Model.CreatePredictionEngine<PRow, PPred>(null, new PredictionEngineOptions()),
        ["CreatePredictionEngine of a filter-like transformer (IsRowToRowMapper false)"] = () =>
            Context.Model.CreatePredictionEngine<PRow, PPred>(new LengthScorer { IsRowToRowMapper = false }),
    };

    /// <summary>Left out: what the documentation says of threads.</summary>
    public static TheoryData<string> Names => GoldenFile.Names(Golden, "threads");

    private static PRow Row => new() { Text = "xxxxx", Cat = "short" };

    [Theory]
    [MemberData(nameof(Names))]
    public void IsAsGolden(string name) => GoldenAssert.Equal(Golden.GetProperty(name), GoldenAssert.Capture(Cases[name]), ScoreTolerance);

    private static ITransformer Fit(LengthScorer scorer) => Context.Transforms.Conversion.MapValueToKey("Label", "Cat")
        .Append(scorer)
        .Append(Context.Transforms.Conversion.MapKeyToValue("Pred", "PredictedLabel"))
        .Fit(Context.Data.LoadFromEnumerable(LengthScorer.Rows(6)));

    private static PredictionEngine<TSource, TTarget> Engine<TSource, TTarget>(PredictionEngineOptions options)
        where TSource : class
        where TTarget : class, new() =>
        Context.Model.CreatePredictionEngine<TSource, TTarget>(Model, options);

    private static Dictionary<string, object?> Predict<TTarget>(PRow row) where TTarget : class, new()
    {
        PredictionEngine<PRow, TTarget> engine = Engine<PRow, TTarget>(new());
        return new() { ["outputSchema"] = engine.OutputSchema.Select(c => c.Name).ToList(), ["prediction"] = Observed.Members(engine.Predict(row)) };
    }

    private sealed class PRow
    {
        public string? Text;
        public string? Cat;
    }

    private sealed class PText
    {
        public string? Text;
    }

    private sealed class PNone
    {
        public int Other;
    }

    private sealed class PTextAsFloat
    {
        public float Text;
    }

    private sealed class PPred
    {
        public string? Pred;
        public float[]? Score;
    }

    private sealed class PK
    {
        public uint PredictedLabel;
        public float[]? Score;
    }

    private sealed class PExtra
    {
        public string? Pred;
        public int Nope;
    }
}

using Microsoft.ML.Data;
using Microsoft.ML.DeLoRA.Tests.Models;

namespace Microsoft.ML.DeLoRA.Tests.MLNet;

/// <summary>A row of the toy tasks: class and value say from which letters the text is made.</summary>
internal sealed class ToyRow
{
    public string Text { get; set; } = "";

    public string Second { get; set; } = "";

    public string Class { get; set; } = "";

    public float Value { get; set; }

    public float Number { get; set; }

    public float[] Vector { get; set; } = [];

    [VectorType(3)]
    public bool[] Labels { get; set; } = new bool[3];
}

/// <summary>What a prediction engine gives.</summary>
internal sealed class ToyPrediction
{
    public string Predicted { get; set; } = "";

    public uint PredictedLabel { get; set; }

    public float[] Score { get; set; } = [];
}

/// <summary>What a prediction engine gives for several labels.</summary>
internal sealed class ToyLabels
{
    public bool[] PredictedLabels { get; set; } = [];

    public float[] Score { get; set; } = [];
}

/// <summary>What a prediction engine gives for a regression.</summary>
internal sealed class ToyValue
{
    public float Score { get; set; }
}

/// <summary>Tasks that the tiny base learns in a second.</summary>
internal static class Toy
{
    public static readonly string[] Classes = ["low", "middle", "high"];
    private static readonly string[] _letters = ["abcde", "klmno", "vwxyz"];

    public static DeLoRATextClassificationOptions Options { get; } = new()
    {
        BaseModel = TinyBase.Directory,
        Adapter = new DeLoRAMethod { Rank = 2, Lambda = 4 },
        Training = new() { Epochs = 6, BatchSize = 16, LearningRate = 1e-2, Seed = 1 },
    };

    public static DeLoRATextRegressionOptions Regression { get; } = new()
    {
        LabelColumnName = nameof(ToyRow.Value),
        BaseModel = Options.BaseModel,
        Adapter = Options.Adapter,
        Training = Options.Training with { Epochs = 10 },
    };

    public static DeLoRATextMultiLabelClassificationOptions MultiLabel { get; } = new()
    {
        LabelNames = Classes,
        BaseModel = Options.BaseModel,
        Adapter = Options.Adapter,
        Training = Options.Training with { Epochs = 10 },
    };

    /// <summary>The options of every task.</summary>
    public static DeLoRATextOptions[] AllTasks => [Options, Regression, MultiLabel];

    public static ToyRow[] Rows(int count, int seed = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(i => new ToyRow
        {
            Text = Letters(random, i % 3),
            Second = Letters(random, random.Next(3)),
            Class = Classes[i % 3],
            Value = 2 * (i % 3) - 1,
            Number = i,
            Vector = [i, i + 0.5f],
            Labels = [i % 3 == 0, i % 3 == 1, i % 3 == 2],
        })];
    }

    /// <summary>Rows with none, one, two or all of the labels: those whose letters are in the text.</summary>
    public static ToyRow[] LabelRows(int count, int seed = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            int[] kinds = [.. Enumerable.Range(0, 3).Where(kind => (i >> kind) % 2 == 1)];
            random.Shuffle(kinds);
            return new ToyRow
            {
                Text = string.Concat(kinds.Select(kind => Letters(random, kind)).DefaultIfEmpty(new string('0', random.Next(3, 12)))),
                Labels = [kinds.Contains(0), kinds.Contains(1), kinds.Contains(2)],
                Number = i,
            };
        })];
    }

    public static IDataView Load(MLContext context, IEnumerable<ToyRow> rows)
    {
        SchemaDefinition definition = SchemaDefinition.Create(typeof(ToyRow));
        definition[nameof(ToyRow.Vector)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 2);
        return context.Data.LoadFromEnumerable(rows, definition);
    }

    /// <summary>Labels mapped to keys.</summary>
    public static IDataView Data(MLContext context, IEnumerable<ToyRow> rows)
    {
        IDataView view = Load(context, rows);
        return context.Transforms.Conversion.MapValueToKey("Label", nameof(ToyRow.Class)).Fit(view).Transform(view);
    }

    /// <summary>Class to key, training, key to class.</summary>
    public static IEstimator<ITransformer> Pipeline(MLContext context, DeLoRATextClassificationOptions? options = null)
        => context.Transforms.Conversion.MapValueToKey("Label", nameof(ToyRow.Class))
            .Append(context.Transforms.DeLoRATextClassification(options ?? Options))
            .Append(context.Transforms.Conversion.MapKeyToValue("Predicted", "PredictedLabel"));

    public static DeLoRATextTransformer Fit(MLContext context, IDataView data, DeLoRATextClassificationOptions? options = null)
        => context.Transforms.DeLoRATextClassification(options ?? Options).Fit(data);

    public static DeLoRATextTransformer Fit(MLContext context, IDataView data, DeLoRATextRegressionOptions options)
        => context.Transforms.DeLoRATextRegression(options).Fit(data);

    public static DeLoRATextTransformer Fit(MLContext context, IDataView data, DeLoRATextMultiLabelClassificationOptions options)
        => context.Transforms.DeLoRATextMultiLabelClassification(options).Fit(data);

    /// <summary>Trains for the task that the options are of.</summary>
    public static DeLoRATextTransformer FitAny(MLContext context, IDataView data, DeLoRATextOptions options) => options switch
    {
        DeLoRATextRegressionOptions regression => Fit(context, data, regression),
        DeLoRATextMultiLabelClassificationOptions multiLabel => Fit(context, data, multiLabel),
        _ => Fit(context, data, (DeLoRATextClassificationOptions)options),
    };

    /// <summary>The scores of a classifier or a regression.</summary>
    public static float[] Scores(IDataView scored) => scored.Schema["Score"].Type is VectorDataViewType
        ? [.. scored.GetColumn<float[]>("Score").SelectMany(s => s)]
        : [.. scored.GetColumn<float>("Score")];

    private static string Letters(Random random, int kind)
        => string.Concat(Enumerable.Range(0, random.Next(3, 12)).Select(_ => _letters[kind][random.Next(5)]));
}

using System.CommandLine;
using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.DeLoRA.Cli.Tables;
using Microsoft.ML.DeLoRA.Serving;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary><c>delora predict</c>: classifies or scores texts given as arguments, a file's rows, or lines from standard input.</summary>
internal static class PredictCommand
{
    public static System.CommandLine.Command Create()
    {
        var data = new DataOptions();
        var device = new DeviceOption();
        data.Data.Required = data.Text.Required = false;
        var model = new Option<string>("--model") { Description = "Model saved by 'delora train'", Required = true };
        var texts = new Argument<string[]>("texts")
        {
            Description = "Texts; without any, and without --data, lines from standard input", Arity = ArgumentArity.ZeroOrMore,
        };
        var command = new System.CommandLine.Command("predict", "Classifies texts: prints predicted label, its probability and the text, tab-separated; "
            + "with a regression the number and the text, with multi-label each predicted label=probability and the text")
        {
            model, texts,
        };
        data.AddTo(command, labelRequired: false);
        device.AddTo(command);
        command.SetAction(arguments =>
        {
            MLContext context = Models.Context(device.Read(arguments));
            ITransformer loaded = Models.Load(context, arguments.GetRequiredValue(model));
            TextModelDescription description = Models.Description(loaded);
            Action<IDataView, LabelledText[]> print = description.Kind switch
            {
                TextModelKind.Regression => PrintNumbers,
                TextModelKind.MultiLabelClassification
                    => (scored, rows) => PrintLabels(scored, rows, description.Labels, arguments.GetRequiredValue(data.Separator)),
                _ => PrintClasses,
            };
            foreach (LabelledText[] rows in Rows(arguments, data, texts).Chunk(1024))
                print(loaded.Transform(context.Data.LoadFromEnumerable(rows)), rows);
        });
        return command;
    }

    private static IEnumerable<LabelledText> Rows(ParseResult arguments, DataOptions data, Argument<string[]> texts)
    {
        if (arguments.GetValue(data.Data) is string path)
        {
            if (arguments.GetValue(data.Text) is null)
                throw new UsageException("--data needs --text, the column with the text.");
            return data.Read(arguments, path, numbers: false);
        }
        string[] given = arguments.GetValue(texts) ?? [];
        return (given.Length > 0 ? given : StandardInput()).Select(text => new LabelledText { Text = text });
    }

    private static IEnumerable<string> StandardInput()
    {
        while (Console.In.ReadLine() is string line)
            yield return line;
    }

    private static void PrintClasses(IDataView scored, LabelledText[] rows)
    {
        string[] labels = [.. scored.GetColumn<string>("PredictedLabel")];
        float[] best = [.. scored.GetColumn<float[]>("Score").Select(s => s.Max())];
        for (int i = 0; i < rows.Length; i++)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{labels[i]}\t{best[i]:F4}\t{rows[i].Text}"));
    }

    private static void PrintLabels(IDataView scored, LabelledText[] rows, IReadOnlyList<string> names, string separator)
    {
        bool[][] predicted = [.. scored.GetColumn<bool[]>("PredictedLabels")];
        float[][] scores = [.. scored.GetColumn<float[]>("Score")];
        for (int i = 0; i < rows.Length; i++)
        {
            IEnumerable<string> labels = names
                .Select((name, label) => string.Create(CultureInfo.InvariantCulture, $"{name}={scores[i][label]:F4}"))
                .Where((_, label) => predicted[i][label]);
            Console.WriteLine($"{string.Join(separator, labels)}\t{rows[i].Text}");
        }
    }

    private static void PrintNumbers(IDataView scored, LabelledText[] rows)
    {
        foreach ((float score, LabelledText row) in scored.GetColumn<float>("Score").Zip(rows))
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{score:F4}\t{row.Text}"));
    }
}

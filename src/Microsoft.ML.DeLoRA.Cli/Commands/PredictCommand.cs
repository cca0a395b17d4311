using System.CommandLine;
using System.CommandLine.Parsing;
using System.Runtime.ExceptionServices;
using System.Text;
using Microsoft.ML.Data;
using Microsoft.ML.DeLoRA.Cli.Shell;
using Microsoft.ML.DeLoRA.Cli.Tables;
using Microsoft.ML.DeLoRA.IO;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary><c>delora predict</c>: classifies or scores texts given as arguments, a file's rows, or lines from standard input.</summary>
internal static class PredictCommand
{
    private const int RowsPerBatch = 1024;

    public static System.CommandLine.Command Create()
    {
        var data = new DataOptions();
        var serving = new ServingOptions();
        data.Data.Required = data.Text.Required = false;
        data.Text.Description += "; that of the model's training when not given";
        data.JsonLines.Description += "; also for standard input";
        var texts = new Argument<string[]>("texts")
        {
            Description = "Texts, for a model of pairs two by two; without any, and without --data, lines from standard input. "
                + "One that begins with a hyphen goes behind --",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var json = new Option<bool>("--json") { Description = "Print a JSON object for each text, on a line of its own" };
        var allScores = new Option<bool>("--all-scores") { Description = "Print the score of every class or label" };
        var top = new Option<int?>("--top") { Description = "Print the scores of the K most probable classes or labels" };
        var command = new System.CommandLine.Command("predict",
            "Classifies texts: prints predicted label, its probability and the text, tab-separated; "
            + "with a regression the number and the text, with multi-label each predicted label=probability and the text")
        {
            texts, json, allScores, top,
        };
        data.AddTo(command, labelRequired: false);
        // The answer does not depend on it; files with a label column need not say so.
        data.Label.Hidden = true;
        serving.AddTo(command);
        command.SetAction(arguments =>
        {
            RefuseOptionsAmongTexts(arguments, texts);
            bool all = arguments.GetValue(allScores);
            int? count = arguments.GetValue(top);
            if (count is < 1)
                throw new UsageException($"--top is {count}; give how many scores are to be printed, 1 or more.");
            if (all && count is not null)
                throw new UsageException("--all-scores and --top exclude each other.");
            if (arguments.GetValue(data.Data) is not null && arguments.GetValue(texts) is { Length: > 0 })
                throw new UsageException("There are texts and --data; give one of the two.");
            (MLContext context, ITransformer loaded) = serving.Load(arguments, out ModelNotes notes);
            TextModelDescription description = SavedModels.Description(loaded);
            if (description.Kind == TextModelKind.Regression && (all || count is not null))
                throw new UsageException($"{(all ? "--all-scores" : "--top")}: the model is a regression, which gives one number.");
            DataColumns columns = data.Columns(arguments, notes.Columns) with { Label = null };
            var format = new PredictionFormat
            {
                Model = description,
                Json = arguments.GetValue(json),
                AllScores = all,
                Top = count,
                LabelSeparator = arguments.GetRequiredValue(data.LabelSeparator),
            };
            foreach (LabelledText[] rows in Batches(arguments, data, texts, columns, description))
                Print(context, loaded, rows, format);
        });
        return command;
    }

    // System.CommandLine takes what it does not know for a text.
    private static void RefuseOptionsAmongTexts(ParseResult arguments, Argument<string[]> texts)
    {
        Token[] tokens = [.. arguments.Tokens];
        int end = Array.FindIndex(tokens, token => token.Type == TokenType.DoubleDash);
        foreach (Token token in arguments.GetResult(texts)?.Tokens ?? [])
        {
            string text = token.Value;
            bool looksLikeOption = text.StartsWith("--", StringComparison.Ordinal)
                || (text.Length > 1 && text[0] == '-' && char.IsLetter(text[1]) && !text.Contains(' ', StringComparison.Ordinal));
            int at = Array.FindIndex(tokens, other => ReferenceEquals(other, token));
            if (looksLikeOption && (end < 0 || at < end))
                throw new UsageException($"predict has no option '{text}'; see 'delora predict --help'. "
                    + $"A text that begins so goes behind --, as in: delora predict --model MODEL -- \"{text}\".");
        }
    }

    private static IEnumerable<LabelledText[]> Batches(
        ParseResult arguments, DataOptions data, Argument<string[]> texts, DataColumns columns, TextModelDescription description)
    {
        if (arguments.GetValue(data.Data) is { } path)
        {
            if (columns.Text is null)
                throw new UsageException("--data needs --text, the column with the text: "
                    + "the model does not remember the columns of its training.");
            SavedModels.CheckPairs(description, columns);
            return data.Read(arguments, columns, path, numbers: false).Chunk(RowsPerBatch);
        }
        bool jsonLines = arguments.GetValue(data.JsonLines);
        if (arguments.GetValue(texts) is { Length: > 0 } given)
        {
            if (description.TakesPairs && given.Length % 2 != 0)
                throw new UsageException($"The model reads pairs of texts, and there {(given.Length == 1 ? "is" : "are")} {given.Length}: "
                    + "give two for each answer, the second behind the first.");
            return given.Chunk(description.TakesPairs ? 2 : 1)
                .Select(t => new LabelledText { Text = t[0], Text2 = t.Length > 1 ? t[1] : "" }).Chunk(RowsPerBatch);
        }
        if (description.TakesPairs && !jsonLines)
            throw new UsageException("The model reads pairs of texts; give them behind the options two by two, in a file by --data, "
                + "or as JSON lines from standard input with --jsonl.");
        if (StandardInputState.IsClosed)
            throw new UsageException("There are no texts: standard input is closed. Give texts behind the options, a file by --data, "
                + "or lines on standard input.");
        string[] names = description.TakesPairs ? [columns.Text ?? "text", columns.Text2 ?? "text2"] : [columns.Text ?? "text"];
        return StandardInput(jsonLines ? names : null);
    }

    /// <summary>
    /// Lines from standard input. A batch holds the lines that have come already, so that whoever waits for an answer before the next
    /// line gets it, and a file goes through in large batches.
    /// </summary>
    /// <param name="jsonColumns">The columns where each line is a JSON object; null: each line is a text.</param>
    private static IEnumerable<LabelledText[]> StandardInput(string[]? jsonColumns)
    {
        if (!Console.IsInputRedirected)
        {
            for (int number = 1; Console.In.ReadLine() is { } line; number++)
                yield return [Row(line, number, jsonColumns)];
            yield break;
        }
        using var reader = new Utf8LineReader(Console.OpenStandardInput(), StandardInputName);
        var rows = new List<LabelledText>();
        ExceptionDispatchInfo? fault = null;
        for (bool more = true; more;)
        {
            try
            {
                more = reader.Read() is { } line && Add(Row(line, reader.Number, jsonColumns));
            }
            catch (Exception e) when (e is InvalidDataException or UsageException)
            {
                // The lines before it are answered first.
                (fault, more) = (ExceptionDispatchInfo.Capture(e), false);
            }
            if (rows.Count == 0 || (more && reader.HasLine && rows.Count < RowsPerBatch))
                continue;
            yield return [.. rows];
            rows.Clear();
        }
        fault?.Throw();

        bool Add(LabelledText row)
        {
            rows.Add(row);
            return true;
        }
    }

    private const string StandardInputName = "standard input";

    private static LabelledText Row(string line, int number, string[]? jsonColumns)
    {
        if (jsonColumns is null)
            return new LabelledText { Text = line };
        string[] fields = JsonLine.Fields(line, $"{StandardInputName}, line {number}", jsonColumns);
        return new LabelledText { Text = fields[0], Text2 = fields.Length > 1 ? fields[1] : "" };
    }

    private static void Print(MLContext context, ITransformer model, LabelledText[] rows, PredictionFormat format)
    {
        IDataView scored = model.Transform(context.Data.LoadFromEnumerable(rows));
        IEnumerable<ScoredText> predictions = format.Model.Kind == TextModelKind.Regression
            ? scored.GetColumn<float>("Score").Select(score => new ScoredText { Score = [score] })
            : context.Data.CreateEnumerable<ScoredText>(scored, reuseRowObject: false, ignoreMissingColumns: true);
        var lines = new StringBuilder();
        int row = 0;
        foreach (ScoredText prediction in predictions)
        {
            lines.Append(format.Line(rows[row++], prediction)).AppendLine();
        }
        Console.Out.Write(lines);
        Console.Out.Flush();
    }
}

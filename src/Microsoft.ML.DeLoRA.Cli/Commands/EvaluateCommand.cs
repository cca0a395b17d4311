using System.CommandLine;
using Microsoft.ML.DeLoRA.Cli.Tables;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary><c>delora evaluate</c>: how well a saved model does on a labelled file.</summary>
internal static class EvaluateCommand
{
    public static System.CommandLine.Command Create()
    {
        var data = new DataOptions();
        data.Text.Required = false;
        var serving = new ServingOptions();
        var json = new Option<bool>("--json") { Description = "Print one JSON object" };
        var command = new System.CommandLine.Command("evaluate",
            "Measures a saved model on a labelled file; --text, --text2 and --label are those of its training when not given")
        {
            json,
        };
        data.AddTo(command, labelRequired: false);
        serving.AddTo(command);
        command.SetAction(arguments =>
        {
            (MLContext context, ITransformer loaded) = serving.Load(arguments, out ModelNotes notes);
            TextModelDescription description = SavedModels.Description(loaded);
            string path = arguments.GetRequiredValue(data.Data);
            bool asJson = arguments.GetValue(json);
            DataColumns columns = data.Columns(arguments, notes.Columns);
            string? missing = columns.Text is null ? "--text" : columns.Label is null ? "--label" : null;
            if (missing is not null)
                throw new UsageException($"{missing} is needed: the model does not remember the columns of its training.");
            SavedModels.CheckPairs(description, columns);
            if (description.Kind == TextModelKind.MultiLabelClassification)
            {
                IDataView labelled = loaded.Transform(data.ReadMultiLabel(arguments, columns, path, description.Labels).Load(context));
                LabelReport.Print(labelled.CreateMultiLabelReport(MultiLabelTexts.LabelColumn), asJson);
                return;
            }
            bool regression = description.Kind == TextModelKind.Regression;
            LabelledText[] rows = data.Read(arguments, columns, path, regression);
            // Cached, since several readers follow and each would have the model score anew.
            IDataView scored = context.Data.Cache(loaded.Transform(context.Data.LoadFromEnumerable(rows)));
            if (regression)
                RegressionReport.Print(context, scored, rows.Length, asJson);
            else
                ClassificationReport.Print(context, scored, rows, asJson);
        });
        return command;
    }
}

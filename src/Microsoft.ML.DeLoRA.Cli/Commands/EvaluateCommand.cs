using System.CommandLine;
using Microsoft.ML.DeLoRA.Cli.Tables;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary><c>delora evaluate</c>: how well a saved model does on a labelled file.</summary>
internal static class EvaluateCommand
{
    public static Command Create()
    {
        var data = new DataOptions();
        var model = new Option<string>("--model") { Description = "Model saved by 'delora train'", Required = true };
        var json = new Option<bool>("--json") { Description = "Print one JSON object" };
        var command = new Command("evaluate", "Measures a saved model on a labelled file") { model, json };
        data.AddTo(command, labelRequired: true);
        command.SetAction(arguments =>
        {
            MLContext context = Models.Context();
            ITransformer loaded = Models.Load(context, arguments.GetRequiredValue(model));
            bool regression = Models.IsRegression(context, loaded);
            LabelledText[] rows = data.Read(arguments, arguments.GetRequiredValue(data.Data), regression);
            IDataView scored = loaded.Transform(context.Data.LoadFromEnumerable(rows));
            if (regression)
                RegressionReport.Print(context, scored, rows.Length, arguments.GetValue(json));
            else
                ClassificationReport.Print(context, scored, rows.Length, arguments.GetValue(json));
        });
        return command;
    }
}

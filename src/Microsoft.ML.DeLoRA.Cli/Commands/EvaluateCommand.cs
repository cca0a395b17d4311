using System.CommandLine;
using Microsoft.ML.DeLoRA.Cli.Tables;
using Microsoft.ML.DeLoRA.Serving;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary><c>delora evaluate</c>: how well a saved model does on a labelled file.</summary>
internal static class EvaluateCommand
{
    public static System.CommandLine.Command Create()
    {
        var data = new DataOptions();
        var device = new DeviceOption();
        var model = new Option<string>("--model") { Description = "Model saved by 'delora train'", Required = true };
        var json = new Option<bool>("--json") { Description = "Print one JSON object" };
        var command = new System.CommandLine.Command("evaluate", "Measures a saved model on a labelled file") { model, json };
        data.AddTo(command, labelRequired: true);
        device.AddTo(command);
        command.SetAction(arguments =>
        {
            MLContext context = Models.Context(device.Read(arguments));
            ITransformer loaded = Models.Load(context, arguments.GetRequiredValue(model));
            TextModelDescription description = Models.Description(loaded);
            string path = arguments.GetRequiredValue(data.Data);
            bool asJson = arguments.GetValue(json);
            if (description.Kind == TextModelKind.MultiLabelClassification)
            {
                IDataView labelled = data.ReadMultiLabel(arguments, path, description.Labels).Load(context);
                LabelReport.Print(loaded.Transform(labelled).CreateMultiLabelReport(MultiLabelTexts.LabelColumn), asJson);
                return;
            }
            bool regression = description.Kind == TextModelKind.Regression;
            LabelledText[] rows = data.Read(arguments, path, regression);
            // Cached, since several readers follow and each would have the model score anew.
            IDataView scored = context.Data.Cache(loaded.Transform(context.Data.LoadFromEnumerable(rows)));
            if (regression)
                RegressionReport.Print(context, scored, rows.Length, asJson);
            else
                ClassificationReport.Print(context, scored, rows.Length, asJson);
        });
        return command;
    }
}

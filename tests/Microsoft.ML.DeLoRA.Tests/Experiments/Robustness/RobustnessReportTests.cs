using System.Text.Json;
using System.Xml.Linq;
using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Experiments.Robustness;

namespace Microsoft.ML.DeLoRA.Tests.Experiments.Robustness;

public class RobustnessReportTests
{
    private static readonly RobustnessReport _report = new(
    [
        RobustnessRuns.Result("DeLoRA", 1, 0.60), RobustnessRuns.Result("DeLoRA", 1, 0.64, seed: 43),
        RobustnessRuns.Result("DeLoRA", 8, 0.61),
        RobustnessRuns.Result("LoRA", 1, 0.70), RobustnessRuns.Result("LoRA", 8, double.NaN),
        RobustnessRuns.Result("DeLoRA", 8, 0.62, RobustnessSweep.Lambda),
    ], [new ProjectionNorm(0, "query", 1.5), new ProjectionNorm(1, "query", 2.5)]);

    [Fact]
    public void The_summary_says_how_far_below_the_best_the_high_factor_is()
    {
        XElement[] tables = [.. Page().Descendants("table")];
        Assert.Equal(
            ["DeLoRA | 0.006 | 0.001 | 0.006 | 62.0 | 1 | 61.0 | 1.0", "LoRA | 0.0006 | - | 0.0006 | 70.0 | 1 | - | -",
                "DeLoRA, lambda only | 0.006 | 0.001 | 0.006 | 62.0 | 8 | 62.0 | 0.0"],
            Rows(tables[0]));
        Assert.Equal(["1 | 62.00 (2.828) | 70.00 | -", "8 | 61.00 | - | 62.00"], Rows(tables[1]));
        Assert.Equal(["1 | 5.000 | 5.000 | -", "8 | 40.00 | 40.00 | 40.00"], Rows(tables[2]));
    }

    [Fact]
    public void There_are_charts_of_metric_distance_steps_and_norms_and_the_machine_is_named()
    {
        XElement page = Page();
        Assert.Equal(
            ["Metric by learning rate", "Distance from the pretrained weights by learning rate",
                "Distance over the training at 1 times the base rate",
                "Distance over the training at 8 times the base rate", "Norms of the base model's attention projections"],
            page.Descendants().Where(e => (string?)e.Attribute("class") == "chart").Select(e => e.Attribute("aria-label")!.Value));
        Assert.Contains("<cpu>, 2 cores, 1 threads used; Linux", page.Value);
        Assert.Contains(Rows(page.Descendants("table").Last()), r => r == "batch size | 8");
        Assert.Contains("lambda pattern none, rank 8", page.Value);
        Assert.Contains("target modules query value", page.Value);
    }

    [Fact]
    public void JSON_and_CSV_have_every_run()
    {
        using var folder = new TemporaryDirectory();
        string path = _report.Write(folder["out"]);
        Assert.Equal(["robustness-rte.csv", "robustness-rte.html", "robustness-rte.json"],
            Directory.GetFiles(folder["out"]).Select(Path.GetFileName).Order());
        Assert.EndsWith("robustness-rte.html", path);
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(Path.ChangeExtension(path, ".json")));
        Assert.Equal(6, json.RootElement.GetProperty("results").GetArrayLength());
        Assert.Equal(2.5, json.RootElement.GetProperty("norms")[1].GetProperty("mean_column_norm").GetDouble());
        string[] lines = File.ReadAllText(Path.ChangeExtension(path, ".csv")).Split("\r\n");
        Assert.Equal(8, lines.Length);
        Assert.Equal("task,method,sweep,factor,seed,learning_rate,lambda_learning_rate,head_learning_rate,metric,test,best_epoch,last_training_loss,last_validation,"
            + "module,distance,distance_bound,seconds,diverged", lines[0]);
        Assert.Equal("RTE,LoRA,Both,8,42,0.0048,,0.0006,accuracy,NaN,,,,encoder.layer.1.attention.self.query,40,,1.5,\"loss, \"\"NaN\"\"\"",
            lines[5]);
    }

    [Fact]
    public void The_JSON_gives_the_same_report_again()
    {
        using var folder = new TemporaryDirectory();
        string page = _report.Write(folder["first"]);
        RobustnessReport read = RobustnessReport.Read(Path.ChangeExtension(page, ".json"));
        Assert.Equal(File.ReadAllText(page), File.ReadAllText(read.Write(folder["second"])));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("{\"results\":[],\"norms\":[]}")]
    [InlineData("{\"results\":[null],\"norms\":[]}")]
    public void Another_file_is_refused(string text)
    {
        using var folder = new TemporaryDirectory();
        File.WriteAllText(folder["x.json"], text);
        Assert.Contains(folder["x.json"], Assert.Throws<InvalidDataException>(() => RobustnessReport.Read(folder["x.json"])).Message);
        Assert.Throws<FileNotFoundException>(() => RobustnessReport.Read(folder["y.json"]));
    }

    [Fact]
    public void A_report_is_of_one_task_and_module()
    {
        Assert.Throws<ArgumentException>(() => new RobustnessReport([], []));
        Assert.Throws<ArgumentException>(() => new RobustnessReport([_report.Results[0], _report.Results[0] with { Module = "x" }], []));
    }

    private static XElement Page()
    {
        using var folder = new TemporaryDirectory();
        return XDocument.Load(_report.Write(folder.Path)).Root!;
    }

    private static IEnumerable<string> Rows(XElement table)
        => table.Descendants("tbody").Elements("tr").Select(r => string.Join(" | ", r.Elements().Select(e => e.Value)));
}

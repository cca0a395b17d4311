using DeLoRA.TestSupport;

namespace Microsoft.ML.DeLoRA.Tests.Samples;

/// <summary>The two programs that a researcher writes, as they lie in samples/Research, on few rows.</summary>
public sealed class ResearchTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    [Fact]
    public void A_loop_of_ones_own_gives_a_model_of_MLNet_and_an_adapter_of_PEFT()
    {
        string[] lines = Run("OwnLoop", "4");
        Assert.Equal(["before", "step 0", "after", "loaded"], lines.Select(l => l.Split(':')[0]));
        Assert.Equal(lines[2].Split(": ")[1], lines[3].Split(": ")[1]);
        using TextModel imported = TextModel.LoadPeft(_folder["peft"]);
        ITransformer loaded = new MLContext().Model.Load(_folder["model.zip"], out DataViewSchema schema);
        Assert.Equal(["Text", "Label"], schema.Select(column => column.Name));
        TextModel saved = Assert.IsType<DeLoRATextTransformer>(loaded).Model;
        Assert.Equal(imported.Description.Labels, saved.Description.Labels);
        string[] texts = ["Where is my parcel?", "Please delete my account"];
        Assert.Equal(saved.Predict(texts).Values.ToArray(), imported.Predict(texts).Values.ToArray(), (a, b) => Math.Abs(a - b) < 1e-5f);
    }

    [Fact]
    public void A_method_of_ones_own_keeps_the_contract_and_goes_through_a_model_file()
    {
        string[] lines = Run("OwnMethod", "1");
        Assert.Equal(
            ["starts as the base: True", "changes something: True, and merges: True", "unmerges bit by bit: True", "loaded: accuracy"],
            lines.Select(l => l.StartsWith("loaded: accuracy ", StringComparison.Ordinal) ? "loaded: accuracy" : l));
        // This process does not know the method.
        Assert.Contains("singular values", Assert.Throws<InvalidDataException>(
            () => new MLContext().Model.LoadWhole(_folder["model.zip"], out _)).Message);
    }

    [Theory]
    [InlineData("OwnLoop")]
    [InlineData("OwnMethod")]
    public void It_is_one_short_file(string program)
    {
        string file = Assert.Single(Directory.GetFiles(Path.Combine(Repository.Root, "samples", "Research", program), "*.cs"));
        Assert.InRange(File.ReadLines(file).Count(), 1, 79);
    }

    public void Dispose() => _folder.Dispose();

    private string[] Run(string program, string length)
    {
        string data = Path.Combine(Repository.Root, "assets", "data", "support-tickets.tsv");
        File.WriteAllLines(_folder["rows.tsv"], File.ReadLines(data).Take(41));
        // Built with this assembly, beside it.
        ChildProcess.RequireSdk();
        string built = AppContext.BaseDirectory.Replace("Microsoft.ML.DeLoRA.Tests", program, StringComparison.Ordinal);
        string output = ChildProcess.Program(Path.Combine(built, program + ".dll"), [], _folder["rows.tsv"], _folder.Path, length)
            .Succeeded().Output;
        return output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
    }
}

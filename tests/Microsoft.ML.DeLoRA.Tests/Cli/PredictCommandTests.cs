using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Cli.Commands;
using Microsoft.ML.DeLoRA.Cli.Tables;
using Microsoft.ML.DeLoRA.Tests.MLNet;

namespace Microsoft.ML.DeLoRA.Tests.Cli;

[Collection("console")]
public class PredictCommandTests
{
    [Fact]
    public void Forms_of_output_agree()
    {
        string[] texts = ["abcde", "klmno", "vwxyz"];
        string[][] plain = Fields(Predict(TrainedModel.Classes, texts));
        string[][] all = Fields(Predict(TrainedModel.Classes, ["--all-scores", .. texts]));
        string[][] top = Fields(Predict(TrainedModel.Classes, ["--top", "2", .. texts]));
        JsonElement[] json = Objects(Predict(TrainedModel.Classes, ["--json", "--all-scores", .. texts]));
        Assert.Equal(texts, plain.Select(f => f[2]));
        for (int i = 0; i < texts.Length; i++)
        {
            Assert.Equal(texts[i], json[i].GetProperty("text").GetString());
            Assert.Equal(plain[i][0], json[i].GetProperty("label").GetString());
            Assert.Equal(plain[i][1], Rounded(json[i].GetProperty("probability").GetDouble()));
            (string Name, double Score)[] scores =
                [.. json[i].GetProperty("scores").EnumerateObject().Select(p => (p.Name, p.Value.GetDouble()))];
            Assert.Equal(Toy.Classes, scores.Select(s => s.Name));
            Assert.Equal(1, scores.Sum(s => s.Score), 1e-5);
            Assert.Equal(string.Join(',', scores.Select(s => $"{s.Name}={Rounded(s.Score)}")), all[i][0]);
            Assert.Equal(string.Join(',', scores.OrderByDescending(s => s.Score).Take(2).Select(s => $"{s.Name}={Rounded(s.Score)}")),
                top[i][0]);
            Assert.Equal(plain[i][0], scores.MaxBy(s => s.Score).Name);
        }
        Assert.False(Objects(Predict(TrainedModel.Classes, "--json", "abc"))[0].TryGetProperty("scores", out _));
    }

    [Fact]
    public void Regressions_and_several_labels_have_their_own_JSON()
    {
        string number = Fields(Predict(TrainedModel.Numbers, "vwxyz"))[0][0];
        Assert.Equal(number, Rounded(Objects(Predict(TrainedModel.Numbers, "--json", "vwxyz"))[0].GetProperty("value").GetDouble()));

        JsonElement json = Objects(Predict(TrainedModel.Labels, "--json", "--all-scores", "abcdevwxyz"))[0];
        Dictionary<string, double> scores = json.GetProperty("scores").EnumerateObject()
            .ToDictionary(p => p.Name, p => p.Value.GetDouble());
        Assert.Equal(scores.Where(s => s.Value > 0.5).Select(s => s.Key),
            json.GetProperty("labels").EnumerateArray().Select(l => l.GetString()!));
        string[] all = Fields(Predict(TrainedModel.Labels, "--all-scores", "abcdevwxyz"))[0][0].Split(',');
        Assert.Equal(scores.Select(s => $"{s.Key}={Rounded(s.Value)}"), all);
        Assert.Single(Fields(Predict(TrainedModel.Labels, "--top", "1", "abcdevwxyz"))[0][0].Split(','));
    }

    [Fact]
    public void Precision_is_chosen_apart_from_training()
    {
        string[] texts = ["--json", "--all-scores", "abcde", "klmno", "vwxyz"];
        double[] Scores(params string[] option) => [.. Objects(Predict(TrainedModel.Classes, [.. option, .. texts]))
            .SelectMany(o => o.GetProperty("scores").EnumerateObject().Select(p => p.Value.GetDouble()))];
        double[] trained = Scores(), bfloat16 = Scores("--precision", "bfloat16");
        Assert.Equal(trained, Scores("--precision", "float32"));
        Assert.InRange(trained.Zip(bfloat16, (a, b) => Math.Abs(a - b)).Max(), 1e-9, 2e-2);

        using var folder = new TemporaryDirectory();
        File.WriteAllText(folder["data.csv"], "mood;review\nlow;abcde\nhigh;vwxyz\n");
        double Loss(params string[] option) => JsonDocument.Parse(CommandOutput.Of(EvaluateCommand.Create(),
            ["--model", TrainedModel.Classes, "--data", folder["data.csv"], "--json", .. option])).RootElement.GetProperty("log_loss")
                .GetDouble();
        Assert.Equal(Loss(), Loss("--precision", "float32"));
        Assert.NotEqual(Loss(), Loss("--precision", "bfloat16"));
        Assert.Equal(Loss(), Loss("--precision", "bfloat16"), 5e-2);
    }

    [Fact]
    public void Columns_are_remembered_and_can_be_named_anew()
    {
        using var folder = new TemporaryDirectory();
        File.WriteAllText(folder["same.csv"], "mood;review\nlow;abcde\nhigh;vwxyz\n");
        File.WriteAllText(folder["other.jsonl"], "{\"words\": \"abcde\"}\n{\"words\": \"vwxyz\"}\n");
        string[][] given = Fields(Predict(TrainedModel.Classes, "abcde", "vwxyz"));
        Assert.Equal(given, Fields(Predict(TrainedModel.Classes, "--data", folder["same.csv"])));
        File.WriteAllText(folder["same.tsv"], "review\tmood\nabcde\tlow\nvwxyz\thigh\n");
        Assert.Equal(given, Fields(Predict(TrainedModel.Classes, "--data", folder["same.tsv"])));
        Assert.Equal(given, Fields(Predict(TrainedModel.Classes, "--data", folder["other.jsonl"], "--text", "words")));
        string report = CommandOutput.Of(EvaluateCommand.Create(), ["--model", TrainedModel.Classes, "--data", folder["same.csv"]]);
        Assert.StartsWith("2 rows", report);

        File.WriteAllText(folder["pairs.tsv"], "right\tleft\tmood\nklm\tabc\tlow\n");
        string[] pair = Fields(Predict(TrainedModel.Pairs, "--data", folder["pairs.tsv"]))[0];
        Assert.Equal(["abc", "klm"], pair[2..]);
        JsonElement json = Objects(Predict(TrainedModel.Pairs, "--json", "--data", folder["pairs.tsv"]))[0];
        Assert.Equal("klm", json.GetProperty("text2").GetString());
        // What stood between labels, too.
        File.WriteAllText(folder["labels.tsv"], "Text\tValue\nabcvwx\tlow;high\n");
        Assert.StartsWith("1 row",
            CommandOutput.Of(EvaluateCommand.Create(), ["--model", TrainedModel.Labels, "--data", folder["labels.tsv"]]));
        Assert.StartsWith("1 row",
            CommandOutput.Of(EvaluateCommand.Create(), ["--model", TrainedModel.Pairs, "--data", folder["pairs.tsv"]]));
    }

    [Fact]
    public void Whoever_loads_such_a_model_sees_nothing_of_it_and_a_model_without_columns_asks_for_them()
    {
        using var folder = new TemporaryDirectory();
        File.WriteAllText(folder["data.tsv"], "review\tmood\nabcde\tlow\nvwxyz\thigh\n");
        var context = new MLContext();
        ITransformer model = context.Model.Load(TrainedModel.Classes, out DataViewSchema schema);
        Assert.Equal("review", ModelNotes.Read(schema).Columns!.Text);
        context.Model.Save(model, context.Data.LoadFromEnumerable<LabelledText>([]).Schema, folder["bare.zip"]);
        Assert.Equal(Predict(TrainedModel.Classes, "abcde"), Predict(folder["bare.zip"], "abcde"));
        Assert.StartsWith("--data needs --text",
            Assert.Throws<UsageException>(() => Predict(folder["bare.zip"], "--data", folder["data.tsv"])).Message);
        Assert.StartsWith("--label is needed", Assert.Throws<UsageException>(() => CommandOutput.Of(
            EvaluateCommand.Create(), ["--model", folder["bare.zip"], "--data", folder["data.tsv"], "--text", "review"])).Message);
        Assert.Equal(2, Fields(Predict(folder["bare.zip"], "--data", folder["data.tsv"], "--text", "review")).Length);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"columns\": {\"text\": 1}}")]
    [InlineData("{\"columns\": {\"label_separator\": null}}")]
    [InlineData("{\"training\": {\"epochs\": \"many\"}}")]
    public void Damaged_notes_of_a_model_are_refused(string json)
        => Assert.StartsWith("The model file is damaged: ", Assert.Throws<InvalidDataException>(() => ModelNotes.Parse(json)).Message);

    [Fact]
    public void Tabs_line_breaks_and_control_characters_are_escaped_in_fields_and_kept_in_JSON()
    {
        const string text = "a\tb\r\nc\\d\u001b[31m\u2028é😀";
        Assert.Equal(@"a\tb\r\nc\\d\u001b[31m\u2028é😀", Fields(Predict(TrainedModel.Classes, text))[0][2]);
        string json = Predict(TrainedModel.Classes, "--json", text);
        Assert.Equal(text, Objects(json)[0].GetProperty("text").GetString());
        Assert.DoesNotContain('\u001b', json);
        Assert.Contains("é", json);
    }

    [Theory]
    [InlineData("predict has no option '--jsno'", "--jsno", "x")]
    [InlineData("predict has no option '--probability=3'", "x", "--probability=3")]
    [InlineData("predict has no option '-j'", "x", "-j")]
    [InlineData("--top is 0", "--top", "0", "x")]
    [InlineData("--all-scores and --top exclude each other", "--top", "1", "--all-scores", "x")]
    [InlineData("There are texts and --data; give one", "--data", "f.tsv", "x")]
    [InlineData("There is no file 'nowhere.tsv'", "--data", "nowhere.tsv")]
    [InlineData("leave --text2 out", "--data", "f.tsv", "--text2", "more")]
    public void A_wrong_argument_is_named(string message, params string[] arguments)
        => Assert.Contains(message, Assert.Throws<UsageException>(() => Predict(TrainedModel.Classes, arguments)).Message);

    [Fact]
    public void What_the_model_cannot_say_is_refused()
    {
        Assert.StartsWith("--top: the model is a regression",
            Assert.Throws<UsageException>(() => Predict(TrainedModel.Numbers, "--top", "1", "x")).Message);
        Assert.StartsWith("The model reads pairs of texts, and there is 1:",
            Assert.Throws<UsageException>(() => Predict(TrainedModel.Pairs, "x")).Message);
        Assert.StartsWith("The model reads pairs of texts, and there are 3:",
            Assert.Throws<UsageException>(() => Predict(TrainedModel.Pairs, "x", "y", "z")).Message);
    }

    [Fact]
    public void Pairs_stand_on_the_command_line_two_by_two()
    {
        using var folder = new TemporaryDirectory();
        File.WriteAllText(folder["pairs.tsv"], "one\tother\nabcde\tvwxyz\nklmno\tabcde\n");
        string[] file = Predict(TrainedModel.Pairs, "--data", folder["pairs.tsv"], "--text", "one", "--text2", "other").Split('\n');
        Assert.Equal(file, Predict(TrainedModel.Pairs, "abcde", "vwxyz", "klmno", "abcde").Split('\n'));
    }

    [Theory]
    [InlineData("--", "--json")]
    [InlineData("-5 degrees")]
    [InlineData("- item")]
    [InlineData("-")]
    [InlineData("--json", "--", "--json", "-j")]
    public void Texts_may_begin_with_hyphens(params string[] arguments)
        => Assert.Equal(arguments.Count(a => a != "--") - (arguments is ["--json", "--", ..] ? 1 : 0),
            Predict(TrainedModel.Classes, arguments).TrimEnd().Split('\n').Length);

    /// <summary>A program that sends a line and waits for its answer before it sends the next one.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_pipe_gets_each_answer_before_the_next_line_is_sent(bool json)
    {
        using Process process =
            TrainedModel.Start(["predict", "--model", TrainedModel.Classes, .. json ? ["--json", "--jsonl"] : Array.Empty<string>()]);
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        foreach (string text in new[] { "abcde", "", "é\\t", "vwxyz" })
        {
            string line = json ? JsonSerializer.Serialize(new { review = text }) : text;
            await process.StandardInput.WriteAsync($"{line}\r\n");
            await process.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
            // Hangs here, until the time is up, if the answer waits for more lines.
            string answer = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask()
                .WaitAsync(TimeSpan.FromMinutes(3))
                ?? throw new InvalidOperationException(await errors);
            if (json)
                Assert.Equal(text, Objects(answer)[0].GetProperty("text").GetString());
            else
                Assert.Equal(text.Replace("\\", "\\\\"), answer.Split('\t')[2]);
        }
        process.StandardInput.Close();
        Assert.Null(await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal("", await errors);
        Assert.Equal(0, process.ExitCode);
    }

    [Fact]
    public async Task Lines_before_one_that_is_no_UTF8_are_answered_and_the_line_is_named()
    {
        using Process process = TrainedModel.Start("predict", "--model", TrainedModel.Classes);
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        byte[] content = [.. Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 3000).Select(i => $"abc{i}\n"))), .. "caf"u8, 0xE9,
            .. "\nmore\n"u8];
        await process.StandardInput.BaseStream.WriteAsync(content, TestContext.Current.CancellationToken);
        process.StandardInput.Close();
        string[] lines = (await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)).TrimEnd().Split('\n');
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(3000, lines.Length);
        Assert.All(lines, (line, i) => Assert.EndsWith($"\tabc{i}", line.TrimEnd('\r')));
        Assert.Contains("standard input, line 3001: not valid UTF-8: byte 4 of the line", await errors);
        Assert.Equal(1, process.ExitCode);
    }

    [Fact]
    public async Task A_closed_standard_input_is_an_error_and_no_wait_for_ever()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Skip("only Linux has /proc");
        string[] tool = [typeof(PredictCommand).Assembly.Location, "predict", "--model", TrainedModel.Classes];
        using Process process = Process.Start(new ProcessStartInfo("sh", ["-c", "exec dotnet \"$@\" <&-", "sh", .. tool])
        {
            RedirectStandardError = true, RedirectStandardOutput = true,
        })!;
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        try
        {
            Assert.Empty(await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)
                .WaitAsync(TimeSpan.FromMinutes(3)));
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
        Assert.Contains("standard input is closed", await errors);
    }

    [Fact]
    public void A_directory_a_damaged_model_and_a_zip_of_something_else_are_told_apart()
    {
        using var folder = new TemporaryDirectory();
        byte[] model = File.ReadAllBytes(TrainedModel.Classes);
        File.WriteAllBytes(folder["cut.zip"], model[..(model.Length / 2)]);
        using (ZipArchive other = ZipFile.Open(folder["other.zip"], ZipArchiveMode.Create))
            other.CreateEntry("readme.txt");
        File.WriteAllText(folder["text"], "text");
        Assert.Contains("is a directory and no model file", Refused(folder.Path));
        Assert.Contains("is damaged or no model of this tool", Refused(folder["cut.zip"]));
        Assert.Contains("is damaged or no model of this tool", Refused(folder["other.zip"]));
        Assert.Contains("is no model; make one with", Refused(folder["text"]));

        static string Refused(string path) => Assert.Throws<UsageException>(() => Predict(path, "abc")).Message;
    }

    private static string Predict(string model, params string[] arguments)
        => CommandOutput.Of(PredictCommand.Create(), ["--model", model, .. arguments]);

    private static string[][] Fields(string output)
        => [.. output.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n').Select(l => l.Split('\t'))];

    private static JsonElement[] Objects(string output)
        => [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement)];

    private static string Rounded(double value) => ((float)value).ToString("F4", CultureInfo.InvariantCulture);
}

using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace Compat.Tests.Data;

/// <summary>What of channels reaches <see cref="MLContext.Log"/>.</summary>
public partial class LogTests
{
    private static readonly JsonElement Golden = GoldenFile.Load("pipeline").GetProperty("log");

    /// <summary>Left out: cases whose messages come from parallel cursors or built-in trainers, and those of Evaluate (tested with the metrics).</summary>
    private static readonly Dictionary<string, Func<MLContext, object?>> Cases = new()
    {
        ["own channel: Trace, Info, Warning, Error with sensitivity and braces"] = context =>
        {
            using IChannel channel = Host(context, "MyHost").Start("MyChannel");
            channel.Trace(MessageSensitivity.None, "t");
            channel.Info(MessageSensitivity.UserData, "i {0} {1}", 1, "x");
            channel.Warning(MessageSensitivity.Schema, "w");
            channel.Error(MessageSensitivity.All, "e {{0}}");
            channel.Info(MessageSensitivity.None, "no args {0}");
            return null;
        },
        ["nested hosts and channels"] = context =>
        {
            IHost inner = Host(context, "Outer").Register("Inner");
            using IChannel channel = inner.Start("Ch");
            using IChannel sub = inner.Start("Sub");
            sub.Info(MessageSensitivity.None, "x");
            channel.Info(MessageSensitivity.None, "y");
            return null;
        },
        ["channel after Dispose"] = context =>
        {
            IChannel channel = Host(context, "H").Start("C");
            channel.Dispose();
            channel.Info(MessageSensitivity.None, "late");
            return null;
        },
        ["progress channel: checkpoints"] = context =>
        {
            using IProgressChannel progress = Host(context, "H").StartProgressChannel("P");
            progress.SetHeader(new ProgressHeader(["loss"], ["rows"]), e => e.SetProgress(0, 1));
            progress.Checkpoint(1, 2);
            return null;
        },
        ["Fit of MapValueToKey + MapKeyToValue"] = context => context.Transforms.Conversion.MapValueToKey("Label", "Cat")
            .Append(context.Transforms.Conversion.MapKeyToValue("Back", "Label"))
            .Fit(context.Data.LoadFromEnumerable(LengthScorer.Rows(3))),
        ["MapValueToKey maximumNumberOfKeys=1 (overflow)"] = context => context.Transforms.Conversion
            .MapValueToKey("Label", "Cat", maximumNumberOfKeys: 1)
            .Fit(context.Data.LoadFromEnumerable(LengthScorer.Rows(3))),
    };

    public static TheoryData<string> Names => new(Cases.Keys);

    [Theory]
    [MemberData(nameof(Names))]
    public void IsAsGolden(string name)
    {
        var context = new MLContext(1);
        var log = new List<object?>();
        context.Log += (_, e) => log.Add(new Dictionary<string, object?>
        {
            ["kind"] = e.Kind.ToString(),
            ["source"] = e.Source,
            ["rawMessage"] = Elapsed().Replace(e.RawMessage, "<ELAPSED>"),
        });
        Cases[name](context);
        GoldenAssert.Equal(Golden.GetProperty(name), log);
    }

    [Fact]
    public void MessageNamesSourceAndKind()
    {
        var context = new MLContext(1);
        object? sender = null;
        string? message = null;
        context.Log += (s, e) =>
        {
            if (e.Kind == ChannelMessageKind.Info)
                (sender, message) = (s, e.Message);
        };
        using (IChannel channel = Host(context, "MyHost").Start("MyChannel"))
            channel.Info(MessageSensitivity.None, "hello {0}", 5);
        GoldenAssert.Equal(Golden.GetProperty("Message format"), message);
        Assert.Same(context, sender);
    }

    private static IHost Host(IHostEnvironment environment, string name) => environment.Register(name);

    [GeneratedRegex(@"\d\d:\d\d:\d\d(\.\d+)?")]
    private static partial Regex Elapsed();
}

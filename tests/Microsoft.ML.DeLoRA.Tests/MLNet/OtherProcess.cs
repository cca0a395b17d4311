using System.Diagnostics;
using System.Text.Json;
using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Tests.Mutants;
using Microsoft.ML.DeLoRA.Tests.Native;
using Microsoft.ML.DeLoRA.Tests.Structure;
using Microsoft.ML.DeLoRA.Tests.Training.Runs;

namespace Microsoft.ML.DeLoRA.Tests.MLNet;

/// <summary>
/// This assembly as a program: <c>score MODEL</c> loads a model file by ML.NET alone, scores the texts of standard input (a JSON
/// array), and writes the scores' bits to standard output; <c>train DIRECTORY</c> is <see cref="KilledRun"/>, <c>mutants SEED COUNT</c>
/// <see cref="MutantRun"/>, <c>first-use ENTRY FILE</c> <see cref="FirstUse"/>; <c>api</c> writes <see cref="ApiPage"/>; anything else is
/// for xunit.
/// </summary>
internal static class OtherProcess
{
    public static int Main(string[] arguments)
    {
        if (arguments is ["train", var directory])
            return KilledRun.Train(directory);
        if (arguments is ["mutants", var seed, var share, ..])
            return MutantRun.Read(int.Parse(seed), int.Parse(share), arguments.ElementAtOrDefault(3));
        if (arguments is ["first-use", var entry, var model])
            return FirstUse.Run(entry, model);
        if (arguments is ["api"])
        {
            File.WriteAllText(ApiPage.Path, ApiPage.Write());
            return 0;
        }
        if (arguments is not ["score", var file])
            return Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(arguments).GetAwaiter().GetResult();
        string[] texts = JsonSerializer.Deserialize<string[]>(Console.In.ReadToEnd())!;
        var context = TestDevice.Context();
        ITransformer loaded = context.Model.Load(file, out _);
        Console.WriteLine(JsonSerializer.Serialize(Score(context, loaded, texts).Select(BitConverter.SingleToInt32Bits)));
        return 0;
    }

    /// <summary>The scores of texts by a model, or by a chain with one in it.</summary>
    public static float[] Score(MLContext context, ITransformer model, string[] texts)
    {
        IDataView view = context.Data.LoadFromEnumerable(texts.Select(t => new ToyRow { Text = t, Class = Toy.Classes[0] }));
        return Toy.Scores(model.Transform(view));
    }

    /// <summary>The same by a new process that loads the model's file.</summary>
    public static float[] ScoreThere(string file, string[] texts)
    {
        using Process process = Process.Start(ChildProcess.StartInfo(typeof(OtherProcess).Assembly.Location, "score", file))!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(JsonSerializer.Serialize(texts));
        process.StandardInput.Close();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors.Result);
        return [.. JsonSerializer.Deserialize<int[]>(output)!.Select(BitConverter.Int32BitsToSingle)];
    }
}

using System.Globalization;
using Microsoft.ML.DeLoRA.Weights;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.BaseModels.Distillation;

/// <summary>What a run needs to go on: values and moments in one safetensors file, how far it is in its metadata.</summary>
internal static class DistillationCheckpoint
{
    private const string Updates = "word_updates";

    /// <summary>Writes the file under another name and renames it.</summary>
    public static void Save(string path, StudentModel model, DistillationProgress progress)
    {
        var writer = new SafeTensorsWriter();
        writer.Metadata["tokens"] = progress.Tokens.ToString(CultureInfo.InvariantCulture);
        writer.Metadata["sentences"] = progress.Sentences.ToString(CultureInfo.InvariantCulture);
        writer.Metadata["step"] = model.StepCount.ToString(CultureInfo.InvariantCulture);
        writer.Metadata["seconds"] = progress.Elapsed.TotalSeconds.ToString("R", CultureInfo.InvariantCulture);
        foreach ((string name, Tensor value) in model.Values().Concat(model.Moments()))
            writer.Add(name, value);
        writer.Add(Updates, model.WordUpdates(), model.Configuration.VocabularySize);
        writer.SaveWithChecksum(path);
    }

    /// <summary>Writes the student as it was then as a model directory.</summary>
    /// <param name="path">The checkpoint.</param>
    /// <param name="student">The directory that the transfer wrote.</param>
    /// <param name="output">The directory to write.</param>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public static void Export(string path, string student, string output)
    {
        using var scope = NewDisposeScope();
        using SafeTensorsFile file = Open(path);
        IEnumerable<string> values = file.Names.Where(name =>
            name.EndsWith(".weight", StringComparison.Ordinal) || name.EndsWith(".bias", StringComparison.Ordinal));
        DistilledDirectory.Write(student, output, values.Select(name => (name, file.ReadTensor(name))));
    }

    /// <summary>Brings a model back to where it was.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, or belongs to another model.</exception>
    public static DistillationProgress Load(string path, StudentModel model)
    {
        using var scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        using SafeTensorsFile file = Open(path);
        // Checked before anything is changed.
        (Tensor Live, Tensor Saved)[] values =
            [.. model.Values().Concat(model.Moments()).Select(v => (v.Value, file.Require(v.Name, v.Value.shape)))];
        long[] updates = file.ReadInt64(Updates);
        foreach ((Tensor live, Tensor saved) in values)
            live.copy_(saved);
        model.Resume((int)Number("step"), updates);
        return new DistillationProgress((long)Number("sentences"), (long)Number("tokens"), TimeSpan.FromSeconds(Number("seconds")));

        double Number(string key) => file.Metadata.TryGetValue(key, out string? text)
            ? double.Parse(text, CultureInfo.InvariantCulture)
            : throw new InvalidDataException($"'{path}' is no checkpoint of a distillation: it has no '{key}'.");
    }

    private static SafeTensorsFile Open(string path)
    {
        SafeTensorsFile file = SafeTensorsFile.Open(path);
        try
        {
            SafeTensorsChecksum.Require(file);
            return file;
        }
        catch (InvalidDataException e)
        {
            file.Dispose();
            throw new InvalidDataException($"{e.Message} Delete it to begin the distillation anew.", e);
        }
    }
}

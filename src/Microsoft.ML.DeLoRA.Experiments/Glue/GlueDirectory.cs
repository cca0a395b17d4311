namespace Microsoft.ML.DeLoRA.Experiments.Glue;

/// <summary>
/// Where the files of GLUE lie under one folder: in the official layout (<c>RTE/train.tsv</c>, <c>RTE/dev.tsv</c>), or as JSON lines
/// exported from Hugging Face's data set (<c>rte/train.jsonl</c>, <c>rte/validation.jsonl</c>).
/// </summary>
/// <param name="path">The folder; it need not exist.</param>
public sealed class GlueDirectory(string path)
{
    /// <summary>Reads one part of a task.</summary>
    /// <exception cref="FileNotFoundException">It is not there; the message says where to get it and where to put it.</exception>
    /// <exception cref="InvalidDataException">A file is malformed; the message names file and line.</exception>
    public GlueData Read(GlueTask task, GluePart part) => GlueData.Read(task, Find(task, part) ?? throw Missing(task, part));

    /// <summary>The file of one part of a task; null when it is not there.</summary>
    public string? Find(GlueTask task, GluePart part)
    {
        ArgumentNullException.ThrowIfNull(task);
        return Folders(task)
            .SelectMany(folder => Names(task, part).Select(name => Path.Combine(path, folder, name)))
            .FirstOrDefault(File.Exists);
    }

    /// <summary>Throws unless the parts that a run needs are there.</summary>
    /// <exception cref="FileNotFoundException">One is not there; the message says where to get it and where to put it.</exception>
    public void Check(GlueTask task)
    {
        foreach (GluePart part in (GluePart[])[GluePart.Train, GluePart.Validation])
        {
            if (Find(task, part) is null)
                throw Missing(task, part);
        }
    }

    private static string[] Folders(GlueTask task) => [task.Name, task.Configuration];

    private static IEnumerable<string> Names(GlueTask task, GluePart part)
    {
        string suffix = task.MismatchedCount == 0 ? "" : part == GluePart.MismatchedValidation ? "_mismatched" : "_matched";
        string[] stems = part == GluePart.Train ? ["train"] : [$"dev{suffix}", $"validation{suffix}"];
        return stems.SelectMany(stem => (string[])[$"{stem}.tsv", $"{stem}.jsonl", $"{stem}.json"]);
    }

    private FileNotFoundException Missing(GlueTask task, GluePart part)
    {
        string[] names = [.. Names(task, part)];
        return new FileNotFoundException(
            $"There is no {(part == GluePart.Train ? "training" : "validation")} data of {task.Name} in '{path}': expected is "
            + $"{Path.Combine(path, task.Name, names[0])} in the official layout (from gluebenchmark.com/tasks), or "
            + $"{Path.Combine(path, task.Configuration, names[^2])} with Hugging Face's data set nyu-mll/glue, "
            + $"configuration {task.Configuration}, written by Dataset.to_json. See docs/glue.md.");
    }
}

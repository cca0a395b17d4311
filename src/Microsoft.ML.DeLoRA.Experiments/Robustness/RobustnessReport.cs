using System.Text;
using Microsoft.ML.DeLoRA.Experiments.Glue;
using Microsoft.ML.DeLoRA.IO;

namespace Microsoft.ML.DeLoRA.Experiments.Robustness;

/// <summary>All runs of an experiment on one task, and the norms of the base model's projections.</summary>
public sealed record RobustnessReport
{
    /// <summary>Puts a report together.</summary>
    /// <param name="results">Results of one task and module; methods keep the order of their first appearance.</param>
    /// <param name="norms">See <see cref="ProjectionNorm.Measure"/>.</param>
    /// <exception cref="ArgumentException">There is no result, one is null, or they are of several tasks or modules.</exception>
    public RobustnessReport(IReadOnlyList<RobustnessResult> results, IReadOnlyList<ProjectionNorm> norms)
    {
        ArgumentNullException.ThrowIfNull(results);
        ArgumentNullException.ThrowIfNull(norms);
        if (results.Contains(null!) || norms.Contains(null!))
            throw new ArgumentException("A result or a norm is null; leave it out.", nameof(results));
        int subjects = results.Select(r => (r.Run.Task, r.Module)).Distinct().Count();
        if (subjects != 1)
            throw new ArgumentException($"A report is of one task and module; the results are of {subjects}.", nameof(results));
        (Results, Norms) = (results, norms);
    }

    /// <summary>The runs.</summary>
    public IReadOnlyList<RobustnessResult> Results { get; }

    /// <summary>Norms of the base model's projections.</summary>
    public IReadOnlyList<ProjectionNorm> Norms { get; }

    /// <summary>Reads NAME.json of <see cref="Write"/>, to write the report anew without any run.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no such file.</exception>
    public static RobustnessReport Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            return ResultFile.Read<RobustnessReport>(path, "a robustness experiment");
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"{path} is no robustness report: {e.Message}", e);
        }
    }

    /// <summary>
    /// Writes NAME.json (everything), NAME.csv (one line for each run) and NAME.html (charts) with NAME <c>robustness-TASK</c>.
    /// </summary>
    /// <param name="directory">The folder; made when it is not there.</param>
    /// <returns>The path of the HTML file.</returns>
    public string Write(string directory)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        string path = Path.Combine(directory, $"robustness-{GlueTasks.Find(Results[0].Run.Task).Configuration}");
        Directory.CreateDirectory(directory);
        AtomicFile.WriteAll(
            ($"{path}.json", ResultFile.Writer(this, compact: true)),
            ($"{path}.csv", Text(RobustnessCsv.Create(Results))),
            ($"{path}.html", Text(RobustnessPage.Create(this))));
        return $"{path}.html";
    }

    private static Action<Stream> Text(string text) => stream => stream.Write(Encoding.UTF8.GetBytes(text));
}

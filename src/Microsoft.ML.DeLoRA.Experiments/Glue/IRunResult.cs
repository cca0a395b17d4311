using System.Text.Json.Nodes;

namespace Microsoft.ML.DeLoRA.Experiments.Glue;

/// <summary>The result of a run, kept in a file with the settings that it was made with.</summary>
internal interface IRunResult<T>
    where T : class, IRunResult<T>
{
    /// <summary>The run's settings.</summary>
    JsonObject Settings { get; }

    /// <summary>Writes the file.</summary>
    void Write(string path);

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    static abstract T Read(string path);
}

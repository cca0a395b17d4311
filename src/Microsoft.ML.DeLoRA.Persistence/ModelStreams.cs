using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.ML;
using Microsoft.ML.DeLoRA.Persistence;
using Microsoft.ML.Runtime;

[assembly: IgnoresAccessChecksTo("Microsoft.ML.Core")]
[assembly: LoadableClass(typeof(ITransformer), typeof(ModelStreams), null, typeof(SignatureLoadModel), "DeLoRA text model",
    ModelStreams.LoaderSignature)]

namespace Microsoft.ML.DeLoRA.Persistence;

/// <summary>
/// Lets a DeLoRA transformer write itself into an ML.NET model file as named streams, and makes ML.NET find its way back: the
/// file names this assembly and <see cref="LoaderSignature"/>, and loading it calls <see cref="Create"/>.
/// </summary>
/// <remarks>Not for direct use: call <c>mlContext.Model.Save</c> and <c>mlContext.Model.Load</c>.</remarks>
internal static class ModelStreams
{
    internal const string LoaderSignature = "DeLoRATextModel";

    // The one type that a model file can bring to life; nothing in the file chooses it.
    private const string Reader = "Microsoft.ML.DeLoRA.MLNet.TransformerFile, Microsoft.ML.DeLoRA";

    private static readonly Lazy<Func<IHostEnvironment, Func<string, Action<Stream>, bool>, ITransformer>> _load = new(() =>
        Type.GetType(Reader, throwOnError: true)!
            .GetMethod("Load", BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public)!
            .CreateDelegate<Func<IHostEnvironment, Func<string, Action<Stream>, bool>, ITransformer>>());

    /// <summary>Writes a model as streams beside its entry in the model file.</summary>
    /// <param name="context">Where ML.NET asks the transformer to save itself.</param>
    /// <param name="streams">For each stream its name and what writes it.</param>
    public static void Save(ModelSaveContext context, IEnumerable<(string Name, Action<Stream> Write)> streams)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(streams);
        context.SetVersionInfo(Version());
        foreach ((string name, Action<Stream> write) in streams)
            context.SaveBinaryStream(name, writer => write(writer.BaseStream));
    }

    // ML.NET finds it by name and parameters.
    internal static ITransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(Version());
        return _load.Value(env, (name, read) => ctx.TryLoadBinaryStream(name, reader => read(reader.BaseStream)));
    }

    private static VersionInfo Version() => new(
        modelSignature: "DELORATX",
        // 0x00010002: manifest.json, checksums of the other streams.
        verWrittenCur: 0x00010002,
        verReadableCur: 0x00010002,
        verWeCanReadBack: 0x00010001,
        loaderAssemblyName: typeof(ModelStreams).Assembly.GetName().Name!,
        loaderSignature: LoaderSignature);
}

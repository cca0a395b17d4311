// Signatures only: see Microsoft.ML.Core.csproj. Nothing here ever runs.
namespace Microsoft.ML
{
    public interface ICanSaveModel;

    public interface ITransformer : ICanSaveModel;

    public sealed class ModelSaveContext
    {
        internal ModelSaveContext() => throw null;

        public void SetVersionInfo(VersionInfo ver) => throw null;

        public void SaveBinaryStream(string name, Action<BinaryWriter> action) => throw null;
    }

    public sealed class ModelLoadContext
    {
        internal ModelLoadContext() => throw null;

        public void CheckAtModel(VersionInfo ver) => throw null;

        public bool TryLoadBinaryStream(string name, Action<BinaryReader> action) => throw null;
    }

    public struct VersionInfo
    {
        public VersionInfo(string modelSignature, uint verWrittenCur, uint verReadableCur, uint verWeCanReadBack,
            string loaderAssemblyName, string loaderSignature = null, string loaderSignatureAlt = null) => throw null;
    }

    public delegate void SignatureLoadModel(ModelLoadContext ctx);

    [AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
    public sealed class LoadableClassAttribute : Attribute
    {
        public LoadableClassAttribute(Type instType, Type loaderType, Type argType, Type sigType, string userName,
            params string[] loadNames) => throw null;
    }
}

namespace Microsoft.ML.Runtime
{
    public interface IHostEnvironment;

    public interface IHostEnvironmentInternal : IHostEnvironment
    {
        int? GpuDeviceId { get; set; }

        bool FallbackToCpu { get; set; }
    }
}

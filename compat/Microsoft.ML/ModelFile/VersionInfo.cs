namespace Microsoft.ML;

/// <summary>Which model a Model.key holds, in which version, and what loads it.</summary>
internal readonly struct VersionInfo
{
    public readonly ulong ModelSignature;
    public readonly uint VerWrittenCur;
    public readonly uint VerReadableCur;
    public readonly uint VerWeCanReadBack;
    public readonly string LoaderAssemblyName;
    public readonly string LoaderSignature;
    public readonly string LoaderSignatureAlt;

    /// <param name="modelSignature">Exactly 8 Latin-1 characters.</param>
    /// <param name="verWrittenCur">The version that is written now.</param>
    /// <param name="verReadableCur">The oldest reader's version that understands what is written now.</param>
    /// <param name="verWeCanReadBack">The oldest written version that this code reads.</param>
    /// <param name="loaderAssemblyName">The assembly that holds the loader.</param>
    /// <param name="loaderSignature">At most 24 Latin-1 characters.</param>
    /// <param name="loaderSignatureAlt">Likewise, or null.</param>
    public VersionInfo(string modelSignature, uint verWrittenCur, uint verReadableCur, uint verWeCanReadBack,
        string loaderAssemblyName, string loaderSignature = null, string loaderSignatureAlt = null)
    {
        Contracts.CheckParam(modelSignature?.Length == sizeof(ulong), nameof(modelSignature), "The model signature must be of length 8");
        Contracts.CheckParam(modelSignature.All(c => c <= 0xFF), nameof(modelSignature), "The model signature must be of Latin-1 characters");
        Contracts.CheckNonEmpty(loaderAssemblyName, nameof(loaderAssemblyName));
        CheckLoaderSignature(loaderSignature, nameof(loaderSignature));
        CheckLoaderSignature(loaderSignatureAlt, nameof(loaderSignatureAlt));
        for (int i = 0; i < sizeof(ulong); i++)
            ModelSignature |= (ulong)modelSignature[i] << (8 * i);
        VerWrittenCur = verWrittenCur;
        VerReadableCur = verReadableCur;
        VerWeCanReadBack = verWeCanReadBack;
        LoaderAssemblyName = loaderAssemblyName;
        LoaderSignature = loaderSignature;
        LoaderSignatureAlt = loaderSignatureAlt;
    }

    private static void CheckLoaderSignature(string signature, string parameterName) =>
        Contracts.CheckParam(signature is null || (signature.Length <= ModelHeader.LoaderSignatureSize && signature.All(c => c <= 0xFF)),
            parameterName, $"A loader signature must be at most {ModelHeader.LoaderSignatureSize} Latin-1 characters");
}

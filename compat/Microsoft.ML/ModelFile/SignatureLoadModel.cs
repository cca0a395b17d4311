namespace Microsoft.ML;

/// <summary>What a class registers under to be found as the loader of a saved model.</summary>
internal delegate void SignatureLoadModel(ModelLoadContext ctx);

namespace Microsoft.ML;

/// <summary>Registers, for its assembly, how instances of a type are made under given names and signatures.</summary>
[AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
internal sealed class LoadableClassAttribute(Type instType, Type loaderType, Type argType, Type sigType, string userName,
    params string[] loadNames) : Attribute
{
    public LoadableClassAttribute(Type instType, Type argType, Type sigType, string userName, params string[] loadNames)
        : this(instType, instType, argType, sigType, userName, loadNames)
    {
    }

    public Type InstanceType => instType;

    /// <summary>The type with the method Create; by default the instances' own.</summary>
    public Type LoaderType => loaderType;

    public Type ArgType => argType;

    public Type[] SigTypes => [sigType];

    public string UserName => userName;

    public string[] LoadNames => loadNames;
}

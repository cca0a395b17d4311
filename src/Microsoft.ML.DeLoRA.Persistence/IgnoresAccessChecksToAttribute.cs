namespace System.Runtime.CompilerServices;

/// <summary>Tells the runtime to let this assembly call the internal members of another one. The runtime knows it by name only.</summary>
[AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
internal sealed class IgnoresAccessChecksToAttribute(string assemblyName) : Attribute
{
    /// <summary>The assembly whose internal members are called.</summary>
    public string AssemblyName { get; } = assemblyName;
}

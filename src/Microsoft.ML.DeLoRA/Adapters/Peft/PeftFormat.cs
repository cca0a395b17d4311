using System.Text.Json.Nodes;
using Microsoft.ML.DeLoRA.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Adapters.Peft;

/// <summary>
/// How one method is written in an adapter configuration. A format is one file: a class derived from <see cref="LinearFormat{TMethod}"/>,
/// and one line in <see cref="PeftFormats"/>.
/// </summary>
/// <remarks>Immutable and thread-safe.</remarks>
internal abstract class PeftFormat
{
    /// <summary>The value of <c>peft_type</c>.</summary>
    public abstract string PeftType { get; }

    /// <summary>False for formats of the authors' fork, which newer versions of PEFT do not read.</summary>
    public virtual bool IsOfPeft => true;

    /// <summary>Whether a configuration of the type has this format, where a type has several.</summary>
    public virtual bool Reads(JsonObject configuration) => true;

    /// <summary>Whether the method has this format.</summary>
    public abstract bool Writes(AdapterMethod method);

    /// <summary>The method that a configuration describes, and warnings about it.</summary>
    public abstract AdapterMethod Read(JsonObject configuration, string description, ICollection<string> warnings);

    /// <summary>Whether a key is one of the format's; a configuration may have others, which are kept.</summary>
    public abstract bool Knows(string key);

    /// <summary>The whole configuration of a method, every key that PEFT writes included.</summary>
    /// <exception cref="NotSupportedException">An option has no form in PEFT; the message names it.</exception>
    public abstract JsonObject Write(AdapterMethod method, RobertaEncoder encoder);

    /// <summary>
    /// Takes out the keys that say no more than their absence does, so that older versions of PEFT, which refuse keys that they do not
    /// know, read what is left.
    /// </summary>
    public abstract void LeaveOutDefaults(JsonObject configuration);

    /// <summary>What is saved of a trained set: the method and the tensors by name. New tensors belong to the caller's dispose scope.</summary>
    public virtual (AdapterMethod Method, IReadOnlyDictionary<string, Tensor> Tensors) Export(AdapterSet adapters) => (adapters.Method, adapters.Tensors());

    /// <summary>Whether a file may lack that tensor because it follows from the pretrained weights or from a seed.</summary>
    public virtual bool MayLack(string tensorName) => false;

    /// <summary>Whether that tensor of a file belongs to training alone, so that it is left out.</summary>
    public virtual bool Ignores(string tensorName) => false;

    /// <summary>Takes those settings out of a configuration whose tensors were left out.</summary>
    public virtual void LeaveOutIgnored(JsonObject configuration)
    {
    }
}

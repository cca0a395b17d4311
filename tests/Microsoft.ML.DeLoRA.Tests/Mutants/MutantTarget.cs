namespace Microsoft.ML.DeLoRA.Tests.Mutants;

/// <summary>A kind of file, valid ones of which are changed and read.</summary>
internal abstract class MutantTarget
{
    /// <summary>Its name in messages.</summary>
    public abstract string Name { get; }

    /// <summary>How many mutants the suite reads.</summary>
    public abstract int Count { get; }

    /// <summary>The types of exceptions that the reading members document.</summary>
    public virtual IReadOnlyList<Type> Documented => [typeof(InvalidDataException)];

    /// <summary>Makes the mutant that the random numbers lead to, reads it, and computes with what was read.</summary>
    /// <param name="random">The source of all that is random.</param>
    /// <param name="changed">Told what was changed.</param>
    /// <returns>Numbers that came out, which must be finite; and whether they are those of the file before.</returns>
    public abstract (IReadOnlyList<float> Values, bool Same) Run(Random random, Action<string> changed);

    protected static (IReadOnlyList<float>, bool) Result(IReadOnlyList<float> values, IReadOnlyList<float> before)
        => (values, values.SequenceEqual(before));
}

using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Families;
using Microsoft.ML.DeLoRA.Weights;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Models;

/// <summary>What the outputs of a head mean.</summary>
/// <param name="Kind">Classes, a number or labels.</param>
/// <param name="OutputCount">How many there are.</param>
/// <param name="Names">The names of the outputs, in their order; empty where they have none.</param>
internal sealed record HeadLabels(TextModelKind Kind, int OutputCount, IReadOnlyList<string> Names)
{
    /// <summary>What is known of a base model's own head; null when it has none.</summary>
    public static HeadLabels? Of(BaseModel model)
    {
        if (model.HeadOutputs is not { } outputs)
            return null;
        TextModelKind kind = ProblemTypes.Parse(model.Head.ProblemType, model.Name) ?? TextModelDescription.UsualKind(outputs);
        return new HeadLabels(kind, outputs, model.Head.HasNames && model.Head.Labels.Count == outputs ? model.Head.Labels : []);
    }

    /// <summary>For each of these outputs the one of a trained head that means the same, or null; null when no output does.</summary>
    /// <param name="trained">The trained head.</param>
    /// <param name="inOrder">True takes outputs that have no names on one side for the same, in their order.</param>
    public int?[]? RowsOf(HeadLabels trained, bool inOrder)
    {
        if (trained.Kind != Kind)
            return null;
        bool unnamed = Kind == TextModelKind.Regression || (Names.Count == 0 && trained.Names.Count == 0)
            || (inOrder && (Names.Count == 0 || trained.Names.Count == 0));
        if (unnamed)
            return trained.OutputCount == OutputCount ? [.. Enumerable.Range(0, OutputCount).Select(i => (int?)i)] : null;
        Dictionary<string, int> places = trained.Names.Select((name, i) => (name, i)).DistinctBy(p => p.name).ToDictionary(p => p.name, p => p.i);
        int?[] rows = [.. Names.Select(n => places.TryGetValue(n, out int place) ? (int?)place : null)];
        return rows.Any(r => r is not null) ? rows : null;
    }

    /// <summary>For messages.</summary>
    public override string ToString() => Kind == TextModelKind.Regression ? "a regression"
        : $"{OutputCount} {(Kind == TextModelKind.Classification ? "classes" : "labels")}{(Names.Count > 0 ? $" ({LabelNames.Listed(Names)})" : "")}";
}

/// <summary>The initial weights of a head: a trained one's for the outputs that mean the same there, and fresh ones for the others.</summary>
/// <param name="fresh">The fresh weights.</param>
/// <param name="layout">The head's names.</param>
/// <param name="trained">The trained head, under these names.</param>
/// <param name="trainedOutputs">Its number of outputs.</param>
/// <param name="rows">For each output the trained one, or null.</param>
internal sealed class TakenOverHead(IWeightSource fresh, HeadLayout layout, ITensorSource trained, int trainedOutputs, int?[] rows) : IWeightSource
{
    public Tensor Get(string name, ReadOnlySpan<long> shape)
    {
        if (!layout.IsOfOutput(name))
            return trained.Require(name, shape);
        using IDisposable noGrad = no_grad();
        Tensor weights = fresh.Get(name, shape);
        using var scope = NewDisposeScope();
        Tensor own = trained.Require(name, [trainedOutputs, .. shape[1..]]);
        for (int i = 0; i < rows.Length; i++)
        {
            if (rows[i] is { } row)
                weights[i].copy_(own[row]);
        }
        return weights;
    }
}

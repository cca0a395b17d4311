using Microsoft.ML.DeLoRA.Adapters.Peft;
using Microsoft.ML.DeLoRA.Families;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Models;

/// <summary>Makes models of files of other programs, which do not say all of what a model expects and gives.</summary>
internal static class ImportedModel
{
    /// <summary>An adapter that PEFT trained on a base model; null takes what the files say, else what is likely.</summary>
    public static FineTunedModel FromPeft(
        string adapterDirectory, string? baseModel, IReadOnlyList<string>? labels, bool? takesPairs, int? maxLength, Device? device,
        TextModelKind? kind)
    {
        using PeftDirectory directory = PeftDirectory.Open(adapterDirectory);
        using BaseModel source = BaseModel.OpenFor(baseModel, directory);
        using var model = TrainableModel.FromPeft(source, directory, device ?? CPU);
        PeftLabels? own = PeftLabels.Find(adapterDirectory);
        HeadLabels? ofBase = HeadLabels.Of(source);
        bool fits = ofBase?.OutputCount == model.Classifier.Head.Outputs;
        string file = Path.Combine(adapterDirectory, PeftLabels.FileName);
        return model.Finish(Describe(
            adapterDirectory, source, model.Classifier.Head.Outputs, labels, takesPairs ?? own?.TakesPairs ?? false,
            maxLength ?? own?.MaxLength, kind,
            said: own is null ? null : (own.Kind, file),
            fallback: fits && ofBase?.Kind != TextModelKind.Classification ? ofBase?.Kind : null,
            known: own is { Labels.Count: > 0 } ? (own.Labels, file)
                : fits && ofBase is { Names.Count: > 0 } ? (ofBase.Names, source.Name) : null));
    }

    /// <summary>A Hugging Face directory with a head of its own; null takes what the files say, else what is likely.</summary>
    public static FineTunedModel FromPretrained(
        string directory, IReadOnlyList<string>? labels, bool takesPairs, int? maxLength, Device? device, TextModelKind? kind)
    {
        using BaseModel source = BaseModel.Open(directory);
        using var model = TrainableModel.FromHead(source, device ?? CPU);
        string file = Path.Combine(directory, ModelFiles.Configuration);
        return model.Finish(Describe(
            directory, source, model.Classifier.Head.Outputs, labels, takesPairs, maxLength, kind,
            said: ProblemTypes.Parse(source.Head.ProblemType, file) is { } said ? (said, file) : null,
            fallback: null,
            known: source.Head.Labels.Count > 0 ? (source.Head.Labels, file) : null));
    }

    // What is asked for comes before what a file says, and must not contradict it; then comes what is likely.
    private static TextModelDescription Describe(
        string directory, BaseModel source, int outputs, IReadOnlyList<string>? labels, bool takesPairs, int? maxLength,
        TextModelKind? kind, (TextModelKind Kind, string File)? said, TextModelKind? fallback,
        (IReadOnlyList<string> Names, string File)? known)
    {
        if (kind is { } asked && said is { } other && asked != other.Kind)
            throw new InvalidDataException(
                $"{asked} is asked for, but {other.File} says that the model's problem_type is \"{ProblemTypes.Of(other.Kind)}\".");
        TextModelKind actual = kind ?? said?.Kind ?? fallback ?? TextModelDescription.UsualKind(outputs);
        if (!TextModelDescription.Fits(actual, outputs))
            throw new InvalidDataException($"The head in '{directory}' has {outputs} outputs, which is impossible for {actual}.");
        if (actual == TextModelKind.Regression && labels is { Count: > 0 })
            throw new InvalidDataException(
                $"'{directory}' is a regression, whose output is a number and has no label; leave the labels out.");
        (int shortest, int longest) = (source.Configuration.Family.SpecialTokenCount(takesPairs), source.Configuration.MaxTokens);
        if (maxLength is { } length && (length < shortest || length > longest))
            throw new ArgumentException(
                $"The maximum length is {length}; the model takes from {shortest} to {longest} tokens.", nameof(maxLength));
        if (actual == TextModelKind.Regression)
            labels = [];
        else if (labels is not null)
            LabelNames.Require(labels, outputs, directory);
        else if (known is { } file)
            LabelNames.Require(file.Names, outputs, file.File);
        return new TextModelDescription
        {
            Kind = actual,
            OutputCount = outputs,
            TakesPairs = takesPairs,
            MaxLength = maxLength ?? source.MaxLength,
            Labels = labels ?? known?.Names ?? HeadConfiguration.GenericNames(outputs),
        };
    }
}

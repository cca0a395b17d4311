using Microsoft.ML.DeLoRA.Adapters;

namespace Microsoft.ML.DeLoRA.MLNet;

/// <summary>What a training run is about to do.</summary>
/// <param name="TrainingRows">Rows that it learns from: those with a label, without those that are held back.</param>
/// <param name="ValidationRows">Rows that choose the best epoch; null: none.</param>
/// <param name="Parameters">How many numbers it changes.</param>
/// <param name="MaxLength">Most tokens of a text or pair.</param>
/// <param name="Device">Where it computes, as <see cref="Devices.Parse"/> takes it.</param>
internal sealed record TrainingStart(int TrainingRows, int? ValidationRows, TrainableParameters Parameters, int MaxLength, string Device);

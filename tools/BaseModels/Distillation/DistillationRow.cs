namespace Microsoft.ML.DeLoRA.BaseModels.Distillation;

/// <summary>One text, or pair of texts, as both models read it, and the word that each token belongs to.</summary>
/// <param name="Student">The student's ids, special ones included.</param>
/// <param name="StudentWords">For each of them the word's number within the row; -1 for special tokens.</param>
/// <param name="Teacher">The teacher's ids, those of a second text with <see cref="TeacherModel.SecondText"/> added.</param>
/// <param name="TeacherWords">For each of them the word's number within the row; -1 for special tokens.</param>
/// <param name="WordCount">Number of words.</param>
internal sealed record DistillationRow(int[] Student, int[] StudentWords, int[] Teacher, int[] TeacherWords, int WordCount);

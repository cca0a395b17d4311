namespace Microsoft.ML.DeLoRA.BaseModels.Distillation;

/// <summary>Batches of about as many tokens each, cut from a pool of rows by length: so attention pads little.</summary>
internal static class RowPool
{
    /// <summary>The batches of a pool.</summary>
    /// <param name="rows">The pool's rows.</param>
    /// <param name="batches">How many batches to cut.</param>
    /// <param name="seed">Seed of their order.</param>
    public static DistillationRow[][] Cut(IEnumerable<DistillationRow> rows, int batches, int seed)
    {
        DistillationRow[] sorted = [.. rows.OrderByDescending(row => row.Student.Length)];
        long total = sorted.Sum(row => (long)row.Student.Length);
        var result = new List<DistillationRow>[batches];
        for (int i = 0; i < batches; i++)
            result[i] = [];
        long before = 0;
        foreach (DistillationRow row in sorted)
        {
            result[Math.Min(batches - 1, before * batches / total)].Add(row);
            before += row.Student.Length;
        }
        DistillationRow[][] cut = [.. result.Where(batch => batch.Count > 0).Select(batch => batch.ToArray())];
        new Random(seed).Shuffle(cut);
        return cut;
    }
}

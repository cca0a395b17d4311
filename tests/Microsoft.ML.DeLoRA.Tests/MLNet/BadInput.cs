namespace Microsoft.ML.DeLoRA.Tests.MLNet;

/// <summary>What the tables of bad data and options have in common: good ones to start from, and how a refusal is looked at.</summary>
internal static class BadInput
{
    /// <summary>Trains on twelve good rows with good options of a task, but for what is changed.</summary>
    public static Func<object> Fit<TOptions>(MLContext context, TOptions good, Func<TOptions, TOptions> options,
        Action<ToyRow>? change = null)
        where TOptions : DeLoRATextOptions
    {
        ToyRow[] rows = Toy.Rows(12);
        foreach (ToyRow row in rows)
            change?.Invoke(row);
        return () => Toy.FitAny(context, Toy.Data(context, rows), options(good));
    }

    /// <summary>The case ends with that exception, and its message has those words.</summary>
    public static void IsRefused(string name, Func<MLContext, Func<object>> make, Type exception, string[] said)
    {
        Func<object> fit = make(new MLContext(1));
        Exception found = Assert.ThrowsAny<Exception>(() => fit());
        Assert.True(exception.IsInstanceOfType(found), $"{name}: {found}");
        Assert.All(said, s => Assert.Contains(s, found.Message));
    }
}

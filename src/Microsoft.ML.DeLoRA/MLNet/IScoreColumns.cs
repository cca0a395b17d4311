namespace Microsoft.ML.DeLoRA.MLNet;

/// <summary>The columns that a text model adds to a table, and how each is made of the model's scores.</summary>
internal interface IScoreColumns
{
    /// <summary>The input's columns, in their places, and the added ones behind them.</summary>
    DataViewSchema AddTo(DataViewSchema input);

    /// <summary>The getter of an added column.</summary>
    /// <param name="column">Its number among the added ones.</param>
    /// <param name="scores">The scores of the current row.</param>
    Delegate CreateGetter(int column, Func<ReadOnlyMemory<float>> scores);
}

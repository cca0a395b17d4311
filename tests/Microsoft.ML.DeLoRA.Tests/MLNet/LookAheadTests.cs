using Microsoft.ML.Data;

namespace Microsoft.ML.DeLoRA.Tests.MLNet;

/// <summary>The transformer's view: lazy, in batches, in order, with every other column passing through.</summary>
public sealed class LookAheadTests : IDisposable
{
    private const int RowCount = 100;

    private readonly MLContext _context = TestDevice.Context(1);
    private readonly DeLoRATextTransformer _model;
    private readonly IDataView _data;
    private readonly IDataView _scored;
    private int _rowsRead;

    public LookAheadTests()
    {
        _model = Toy.Fit(_context, Toy.Data(_context, Toy.Rows(30)), Toy.Options with { Training = new() { Seed = 1, Epochs = 1 } });
        // No row mapper in between: ML.NET's own read ahead.
        _data = Toy.Load(_context, Toy.Rows(RowCount, seed: 3).Select(r =>
        {
            _rowsRead++;
            return r;
        }));
        _scored = _model.Transform(_data);
    }

    public void Dispose() => _model.Dispose();

    [Fact]
    public void MakingAViewOrACursorReadsNothing()
    {
        long before = _model.Model.ForwardPasses;
        using DataViewRowCursor cursor = _model.Transform(_data).GetRowCursor(_scored.Schema);
        Assert.Equal((0, 0L), (_rowsRead, _model.Model.ForwardPasses - before));
    }

    [Fact]
    public void WithoutTheAddedColumnsTheModelDoesNotRunAndNothingIsReadAhead()
    {
        long before = _model.Model.ForwardPasses;
        using DataViewRowCursor cursor = _scored.GetRowCursor([_scored.Schema["Number"]]);
        var number = cursor.GetGetter<float>(_scored.Schema["Number"]);
        for (int i = 0; i < 3; i++)
        {
            Assert.True(cursor.MoveNext());
            float value = 0;
            number(ref value);
            Assert.Equal(i, value);
        }
        Assert.Equal((3, 0L), (_rowsRead, _model.Model.ForwardPasses - before));
        Assert.False(cursor.IsColumnActive(_scored.Schema["Score"]));
        Assert.Throws<ArgumentOutOfRangeException>(() => cursor.GetGetter<VBuffer<float>>(_scored.Schema["Score"]));
    }

    [Fact]
    public void RowsAreScoredInBatches()
    {
        long before = _model.Model.ForwardPasses;
        Assert.Equal(RowCount, _scored.GetColumn<uint>("PredictedLabel").Count());
        // Windows of 32, 64 and the remaining 4 rows, each of few tokens.
        Assert.Equal(3, _model.Model.ForwardPasses - before);
    }

    [Fact]
    public void LookingAtOneRowReadsAFirstSmallWindowOnly()
    {
        using DataViewRowCursor cursor = _scored.GetRowCursor([_scored.Schema["Score"]]);
        Assert.True(cursor.MoveNext());
        Assert.Equal(32, _rowsRead);
    }

    [Fact]
    public void EveryRowHasItsOwnScoresAndItsOwnOtherColumns()
    {
        ToyRow[] rows = Toy.Rows(RowCount, seed: 3);
        using DataViewRowCursor cursor = _scored.GetRowCursor(_scored.Schema);
        var text = cursor.GetGetter<ReadOnlyMemory<char>>(_scored.Schema["Text"]);
        var number = cursor.GetGetter<float>(_scored.Schema["Number"]);
        var vector = cursor.GetGetter<VBuffer<float>>(_scored.Schema["Vector"]);
        var label = cursor.GetGetter<ReadOnlyMemory<char>>(_scored.Schema["Class"]);
        var score = cursor.GetGetter<VBuffer<float>>(_scored.Schema["Score"]);
        var id = cursor.GetIdGetter();
        (ReadOnlyMemory<char> textValue, float numberValue, VBuffer<float> vectorValue, ReadOnlyMemory<char> labelValue,
            VBuffer<float> scoreValue, DataViewRowId idValue) = (default, 0, default, default, default, default);
        for (int i = 0; i < RowCount; i++)
        {
            Assert.True(cursor.MoveNext());
            Assert.Equal(i, cursor.Position);
            text(ref textValue);
            number(ref numberValue);
            vector(ref vectorValue);
            label(ref labelValue);
            score(ref scoreValue);
            id(ref idValue);
            Assert.Equal((rows[i].Text, i, rows[i].Class), (textValue.ToString(), numberValue, labelValue.ToString()));
            Assert.Equal(rows[i].Vector, vectorValue.DenseValues());
            Assert.Equal(new DataViewRowId((ulong)i, 0), idValue);
            float[] alone = _model.Model.Predict([rows[i].Text]).Values.ToArray();
            Assert.Equal(alone, scoreValue.DenseValues(), (a, b) => Math.Abs(a - b) < 1e-5);
        }
        Assert.False(cursor.MoveNext());
        Assert.False(cursor.MoveNext());
        Assert.Equal(-1, cursor.Position);
    }

    [Fact]
    public void WhatAGetterGaveStaysWhenTheCursorMovesOn()
    {
        using DataViewRowCursor cursor = _scored.GetRowCursor(_scored.Schema);
        var vector = cursor.GetGetter<VBuffer<float>>(_scored.Schema["Vector"]);
        VBuffer<float> first = default, other = default;
        cursor.MoveNext();
        vector(ref first);
        while (cursor.MoveNext())
            vector(ref other);
        Assert.Equal([0, 0.5f], first.DenseValues());
    }

    [Fact]
    public void GettersAreForTheCurrentRowAndTheRightTypeOnly()
    {
        using DataViewRowCursor cursor = _scored.GetRowCursor(_scored.Schema);
        var score = cursor.GetGetter<VBuffer<float>>(_scored.Schema["Score"]);
        VBuffer<float> value = default;
        Assert.Throws<InvalidOperationException>(() => score(ref value));
        Assert.Throws<InvalidOperationException>(() => cursor.GetGetter<float>(_scored.Schema["Score"]));
        while (cursor.MoveNext())
        {
        }
        Assert.Throws<InvalidOperationException>(() => score(ref value));
    }

    [Fact]
    public void ParallelCursorsGiveEveryRowOnce()
    {
        DataViewRowCursor[] cursors = _scored.GetRowCursorSet([_scored.Schema["Number"], _scored.Schema["Score"]], 3);
        var found = new System.Collections.Concurrent.ConcurrentDictionary<float, float[]>();
        Parallel.ForEach(cursors, cursor =>
        {
            using (cursor)
            {
                var number = cursor.GetGetter<float>(_scored.Schema["Number"]);
                var score = cursor.GetGetter<VBuffer<float>>(_scored.Schema["Score"]);
                while (cursor.MoveNext())
                {
                    (float key, VBuffer<float> value) = (0, default);
                    number(ref key);
                    score(ref value);
                    Assert.True(found.TryAdd(key, [.. value.DenseValues()]));
                }
            }
        });
        Assert.Equal(Toy.Scores(_scored), found.OrderBy(f => f.Key).SelectMany(f => f.Value), (a, b) => Math.Abs(a - b) < 1e-5);
    }

    [Fact]
    public void SeveralCursorsMayRunAtOnce()
    {
        float[] expected = Toy.Scores(_scored);
        var found = new float[4][];
        Parallel.For(0, found.Length, i => found[i] = Toy.Scores(_scored));
        Assert.All(found, f => Assert.Equal(expected, f, (a, b) => Math.Abs(a - b) < 1e-5));
    }

    [Fact]
    public void TheCountAndTheShufflingAreTheInputs()
    {
        Assert.Equal(_data.GetRowCount(), _scored.GetRowCount());
        Assert.Equal(_data.CanShuffle, _scored.CanShuffle);
        IDataView cached = _context.Data.Cache(_data);
        IDataView scored = _model.Transform(cached);
        Assert.True(scored.CanShuffle);
        Assert.Equal(RowCount, CountRows(scored));
        float[] shuffled = Numbers(scored, new Random(3));
        Assert.NotEqual(Enumerable.Range(0, RowCount).Select(i => (float)i), shuffled);
        Assert.Equal(Enumerable.Range(0, RowCount).Select(i => (float)i), shuffled.Order());
        Assert.Equal(RowCount, scored.GetRowCount());
    }

    [Fact]
    public void AColumnOfAnotherTableIsRefused()
        => Assert.Throws<ArgumentException>(() => _scored.GetRowCursor(_model.Transform(_scored).Schema));

    [Fact]
    public void CutTextsAreWarnedOfOnce()
    {
        var warnings = new List<string>();
        _context.Log += (_, e) =>
        {
            if (e.Kind == Runtime.ChannelMessageKind.Warning)
                warnings.Add(e.RawMessage);
        };
        IDataView view = _context.Data.LoadFromEnumerable(Enumerable.Range(0, 80).Select(i => new ToyRow { Text = new string('x', i) }));
        CountRows(_model.Transform(view));
        Assert.StartsWith("17 rows are longer", Assert.Single(warnings));
    }

    private static int CountRows(IDataView view) => view.GetColumn<float[]>("Score").Count();

    private static float[] Numbers(IDataView view, Random random)
    {
        using DataViewRowCursor cursor = view.GetRowCursor(view.Schema, random);
        var number = cursor.GetGetter<float>(view.Schema["Number"]);
        var numbers = new List<float>();
        while (cursor.MoveNext())
        {
            float value = 0;
            number(ref value);
            numbers.Add(value);
        }
        return [.. numbers];
    }
}

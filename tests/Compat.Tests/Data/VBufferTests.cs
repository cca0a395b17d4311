using Microsoft.ML.Data;

namespace Compat.Tests.Data;

/// <summary>Dense and sparse vectors and their editor.</summary>
public class VBufferTests
{
    private static VBuffer<float> Sparse => new(5, 2, [3f, 7f], [1, 4]);

    [Fact]
    public void SparseVectorReadsAsItsDenseValues()
    {
        Assert.False(Sparse.IsDense);
        Assert.Equal([0f, 3f, 0f, 0f, 7f], Sparse.DenseValues());
        Assert.Equal([3f, 7f], Sparse.GetValues().ToArray());
        Assert.Equal([1, 4], Sparse.GetIndices().ToArray());
        Assert.Equal([KeyValuePair.Create(1, 3f), KeyValuePair.Create(4, 7f)], Sparse.Items());
        Assert.Equal(5, Sparse.Items(all: true).Count());
        Assert.Equal(7f, Sparse.GetItemOrDefault(4));
        Assert.Equal(0f, Sparse.GetItemOrDefault(3));
    }

    [Fact]
    public void CopyKeepsTheValuesWhateverTheTargetHeld()
    {
        var target = new VBuffer<float>(3, [9f, 9f, 9f]);
        Sparse.CopyTo(ref target);
        Assert.Equal(Sparse.DenseValues(), target.DenseValues());
        Assert.False(target.IsDense);

        Sparse.CopyToDense(ref target);
        Assert.True(target.IsDense);
        Assert.Equal([0f, 3f, 0f, 0f, 7f], target.GetValues().ToArray());

        Span<float> span = new float[6];
        Sparse.CopyTo(span, 1, -1f);
        Assert.Equal([0f, -1f, 3f, -1f, -1f, 7f], span.ToArray());
    }

    [Fact]
    public void EditorReusesMemoryThatIsLargeEnough()
    {
        float[] memory = [1f, 2f, 3f];
        var vector = new VBuffer<float>(3, memory);
        VBufferEditor<float> editor = VBufferEditor.Create(ref vector, 2);
        Assert.False(editor.CreatedNewValues);
        editor.Values[0] = 8f;
        vector = editor.Commit();
        Assert.Equal([8f, 2f], vector.DenseValues());
        Assert.Equal(8f, memory[0]);

        editor = VBufferEditor.Create(ref vector, 4);
        Assert.True(editor.CreatedNewValues);
        Assert.Equal(4, editor.Commit().Length);
    }

    [Fact]
    public void EditorWritesSparseVectors()
    {
        VBuffer<float> vector = default;
        VBufferEditor<float> editor = VBufferEditor.Create(ref vector, 10, valuesCount: 3);
        editor.Values[0] = 5f;
        editor.Indices[0] = 6;
        vector = editor.CommitTruncated(1);
        Assert.Equal(10, vector.Length);
        Assert.Equal([KeyValuePair.Create(6, 5f)], vector.Items());
    }

    [Fact]
    public void TooLittleMemoryThrows()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new VBuffer<float>(3, [1f]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new VBuffer<float>(3, 2, [1f, 2f], [0]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Sparse.GetItemOrDefault(5));
    }
}

using Microsoft.ML;
using Microsoft.ML.Data;

namespace Compat.Tests.Data;

#pragma warning disable CS0649 // filled by reflection
/// <summary>The row classes that the golden text loader cases name.</summary>
internal static class TextLoaderClasses
{
    public static readonly Dictionary<string, Func<MLContext, string, TextLoader.Options, IDataView>> LoadByName = new()
    {
        [nameof(TSS)] = Load<TSS>,
        [nameof(TSF)] = Load<TSF>,
        [nameof(TFF)] = Load<TFF>,
        [nameof(TBI)] = Load<TBI>,
        [nameof(TNum)] = Load<TNum>,
        [nameof(TVec)] = Load<TVec>,
        [nameof(TProps)] = Load<TProps>,
        [nameof(TName)] = Load<TName>,
        [nameof(TNoAttr)] = Load<TNoAttr>,
        [nameof(TSome)] = Load<TSome>,
        [nameof(TNoLoad)] = Load<TNoLoad>,
        [nameof(TKey)] = Load<TKey>,
        [nameof(TDate)] = Load<TDate>,
    };

    private static IDataView Load<T>(MLContext context, string path, TextLoader.Options options) => context.Data.LoadFromTextFile<T>(path, options);

    public sealed class TSS
    {
        [LoadColumn(0)] public string? A;
        [LoadColumn(1)] public string? B;
    }

    public sealed class TSF
    {
        [LoadColumn(0)] public string? A;
        [LoadColumn(1)] public float X;
    }

    public sealed class TFF
    {
        [LoadColumn(0)] public float X;
        [LoadColumn(1)] public double Y;
    }

    public sealed class TBI
    {
        [LoadColumn(0)] public bool P;
        [LoadColumn(1)] public int N;
    }

    public sealed class TNum
    {
        [LoadColumn(0)] public int I;
        [LoadColumn(1)] public uint U;
        [LoadColumn(2)] public byte Y;
        [LoadColumn(3)] public long L;
        [LoadColumn(4)] public sbyte S;
    }

    public sealed class TVec
    {
        [LoadColumn(0)] public string? A;
        [LoadColumn(1, 3), VectorType(3)] public float[]? V;
    }

    public sealed class TProps
    {
        [LoadColumn(1)] public string? B { get; set; }

        [LoadColumn(0), ColumnName("Label")] public string? A { get; set; }
    }

    public sealed class TName
    {
        [LoadColumnName("text")] public string? B;
        [LoadColumnName("label")] public string? A;
    }

    public sealed class TNoAttr
    {
        public string? A;
        public string? B;
    }

    public sealed class TSome
    {
        [LoadColumn(0)] public string? A;
        public string? B;
        [LoadColumn(1)] public float X;
    }

    public sealed class TNoLoad
    {
        [LoadColumn(0)] public string? A;
        [NoColumn] public string? B;
    }

    public sealed class TKey
    {
        [LoadColumn(0), KeyType(3)] public uint K;
        [LoadColumn(1)] public string? T;
    }

    public sealed class TDate
    {
        [LoadColumn(0)] public DateTime D;
        [LoadColumn(1)] public TimeSpan S;
        [LoadColumn(2)] public DateTimeOffset O;
    }
}

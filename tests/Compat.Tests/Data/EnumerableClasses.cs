using Microsoft.ML.Data;

namespace Compat.Tests.Data;

#pragma warning disable CS0649, CS0169, CA1822 // members stand for columns
/// <summary>The row classes that the golden enumerable cases name.</summary>
internal static class EnumerableClasses
{
    public sealed class EAll
    {
        public string? S;
        public ReadOnlyMemory<char> M;
        public float F;
        public double D;
        public bool B;
        public int I;
        public uint U;
        [KeyType(4)] public uint K;
        [KeyType(4)] public byte KB;
        [KeyType(4)] public ulong KL;
        [VectorType(3)] public float[]? V3;
        [VectorType] public float[]? V;
        public float[]? VNoAttr;
        public string?[]? VS;
        public VBuffer<float> VB;
        [KeyType(4), VectorType(2)] public uint[]? VK;
        public long L;
        public short Sh;
        public byte By;
        public sbyte Sb;
        public ushort Us;
        public ulong Ul;
    }

    public sealed class EProps
    {
        public string? S { get; set; }

        public float F { get; set; }

        public int ReadOnly => 5;

        public int WriteOnly
        {
            set => _ = value;
        }

        public int PrivateSet { get; private set; }

        public int Init { get; init; }

        private int Hidden { get; set; }

        internal int Internal { get; set; }

        public static int Static { get; set; }
    }

    public sealed class EMixed
    {
        public string? P1 { get; set; }

        public string? F1;

        public string? P2 { get; set; }

        public string? F2;
    }

    public sealed class ENames
    {
        [ColumnName("A b")] public string? X;
        [ColumnName("Label")] public int Y;
        [NoColumn] public int Z;
        public const int C = 5;
        public readonly int R = 6;
        public static int St;
    }

    public sealed class EDup
    {
        public string? A;
        [ColumnName("A")] public string? B;
    }

    public sealed class Single<T>
    {
        public T? O;
    }

    public sealed class ENullable
    {
        public int? N;
        public float? F;
    }

    public sealed class EBool2
    {
        public bool? B;
    }

    public sealed class EList
    {
        public List<float>? L;
    }

    public sealed class EChar
    {
        public char C;
    }

    public sealed class EEnum
    {
        public DayOfWeek E;
    }

    public sealed class EBadKey
    {
        [KeyType(3)] public int K;
    }

    public sealed class EKeyNoCount
    {
        [KeyType] public uint K;
    }

    public sealed class EVecOnScalar
    {
        [VectorType(3)] public float F;
    }

    public sealed class EMultiDim
    {
        [VectorType(2, 3)] public float[]? V;
    }

    public sealed class EEmpty;

    public sealed class EDate
    {
        public DateTime D;
    }

    public class EBase
    {
        public string? S;
    }

    public sealed class EDerived : EBase
    {
        public float F;
    }

    public sealed record ERec(string S, float F);

    public sealed class EText
    {
        public string? S;
    }

    public sealed class EMemory
    {
        public ReadOnlyMemory<char> S;
    }

    public sealed class ETextAsInt
    {
        public int S;
    }

    public sealed class EExtra
    {
        public string? S;
        public int Extra;
        public string? ExtraText;
        public float[]? ExtraVec;
    }

    public sealed class EFloat
    {
        public float F;
    }

    public sealed class EDouble
    {
        public double F;
    }

    public sealed class EFloatText
    {
        public float F;
        public string? S;
    }

    public sealed class EKey4
    {
        [KeyType(4)] public uint K;
    }

    public sealed class EKey5
    {
        [KeyType(5)] public uint K;
    }

    public sealed class EUInt
    {
        public uint K;
    }

    public sealed class EIntKey
    {
        public int K;
    }

    public sealed class EFixed2
    {
        [VectorType(2)] public float[]? V;
    }

    public sealed class EVariable
    {
        [VectorType] public float[]? V;
    }

    public sealed class EArray
    {
        public float[]? V;
    }

    public sealed class EBuffer
    {
        public VBuffer<float> V;
    }

    public sealed class ETextProperty
    {
        public string? S { get; init; }
    }

    public sealed class EKeyText
    {
        [KeyType(4)] public uint K;
        public string? T;
    }

    public sealed class EId
    {
        public int Id;
    }
}

using System.Reflection;
using Microsoft.ML.Data;

namespace Microsoft.ML.DeLoRA.Tests.MLNet;

/// <summary>
/// Labels that are numbers, Booleans or times: ML.NET's own HasKeyValues() is true for texts only, so that the values behind the keys of
/// all others were lost, and with them the check that a validation set has the same ones.
/// </summary>
public class LabelKindTests
{
    private readonly MLContext _context = TestDevice.Context(1);

    private static DeLoRATextClassificationOptions Quick { get; } = Toy.Options with { Training = new() { Seed = 1, Epochs = 1 } };

    public static TheoryData<string> Kinds() => [.. typeof(Row).GetProperties().Select(p => p.Name).Where(n => n != nameof(Row.Text))];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Key_values_are_kept_and_map_back_after_training_and_after_save_and_load(string column)
    {
        IDataView rows = Rows(reverse: false);
        IDataView data = Keyed(rows, column);
        using DeLoRATextTransformer model = Toy.Fit(_context, data, Quick);
        using var stream = new MemoryStream();
        _context.Model.Save(model, data.Schema, stream);
        stream.Position = 0;
        using var loaded = (DeLoRATextTransformer)TestDevice.Context().Model.Load(stream, out _);
        object[] expected = [.. Values(data, "Label")];
        Assert.Equal(2, expected.Length);
        foreach (DeLoRATextTransformer each in (DeLoRATextTransformer[])[model, loaded])
        {
            IDataView scored = each.Transform(data);
            Assert.Equal(expected, Values(scored, "PredictedLabel"));
            Assert.Equal(
                data.Schema["Label"].Annotations.Schema["KeyValues"].Type,
                scored.Schema["PredictedLabel"].Annotations.Schema["KeyValues"].Type);
            Assert.Equal(expected, Values(scored, "Score", "TrainingLabelValues"));
            IDataView named = _context.Transforms.Conversion.MapKeyToValue("Back", "PredictedLabel").Fit(scored).Transform(scored);
            Assert.Equal(rows.Schema[column].Type, named.Schema["Back"].Type);
            uint[] keys = [.. scored.GetColumn<uint>("PredictedLabel")];
            object[] back = [.. named.Preview(keys.Length).RowView.Select(r => r.Values.Single(v => v.Key == "Back").Value)];
            Assert.Equal(keys.Select(k => $"{expected[k - 1]}"), back.Select(b => $"{b}"));
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_validation_set_with_another_mapping_is_refused(string column)
    {
        IDataView data = Keyed(Rows(reverse: false), column);
        // The other class comes first, so each key stands for the other value.
        IDataView other = Keyed(Rows(reverse: true), column);
        string message = Assert.Throws<ArgumentException>(
            "ValidationSet", () => Toy.Fit(_context, data, Quick with { ValidationSet = other })).Message;
        Assert.Contains("mapped differently", message);
        IDataView right = Keyed(Rows(reverse: false), column);
        using DeLoRATextTransformer same = Toy.Fit(_context, data, Quick with { ValidationSet = right });
        Assert.NotNull(same.Training!.Best.ValidationMetric);
    }

    private IDataView Rows(bool reverse)
        => _context.Data.LoadFromEnumerable(Enumerable.Range(0, 12).Select(i => new Row(reverse ? i + 1 : i)));

    private IDataView Keyed(IDataView rows, string column)
        => _context.Transforms.Conversion.MapValueToKey("Label", column).Fit(rows).Transform(rows);

    private static IEnumerable<object> Values(IDataView view, string column, string kind = "KeyValues")
    {
        DataViewSchema.Annotations annotations = view.Schema[column].Annotations;
        Type item = ((VectorDataViewType)annotations.Schema[kind].Type).ItemType.RawType;
        return (IEnumerable<object>)typeof(LabelKindTests).GetMethod(nameof(Read), BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(item).Invoke(null, [annotations, kind])!;
    }

    private static IEnumerable<object> Read<T>(DataViewSchema.Annotations annotations, string kind)
    {
        VBuffer<T> values = default;
        annotations.GetValue(kind, ref values);
        return [.. values.DenseValues().Select(v => v is ReadOnlyMemory<char> text ? text.ToString() : (object)v!)];
    }

    private sealed class Row
    {
        public Row()
        {
        }

        public Row(int i)
        {
            int k = i % 2;
            Text = (k == 0 ? "abcde" : "vwxyz")[..(2 + i % 3)];
            Name = k == 0 ? "zero" : "one";
            Boolean = k == 0;
            SByte = (sbyte)(k - 100);
            Byte = (byte)(k + 250);
            Int16 = (short)(k - 300);
            UInt16 = (ushort)(k + 40_000);
            Int32 = k - 70_000;
            UInt32 = (uint)k + 3_000_000_000;
            Int64 = k - 5_000_000_000;
            UInt64 = (ulong)k + 10_000_000_000_000_000_000;
            Single = k + 0.1f;
            Double = k + 0.1;
            Span = TimeSpan.FromTicks(k + 1);
            Date = new DateTime(2024, 2, 29 - k, 1, 2, 3, DateTimeKind.Utc).AddTicks(7);
            Offset = new DateTimeOffset(2024, 2, 29 - k, 1, 2, 3, TimeSpan.FromHours(-3));
        }

        public string Text { get; set; } = "";

        public string Name { get; set; } = "";

        public bool Boolean { get; set; }

        public sbyte SByte { get; set; }

        public byte Byte { get; set; }

        public short Int16 { get; set; }

        public ushort UInt16 { get; set; }

        public int Int32 { get; set; }

        public uint UInt32 { get; set; }

        public long Int64 { get; set; }

        public ulong UInt64 { get; set; }

        public float Single { get; set; }

        public double Double { get; set; }

        public TimeSpan Span { get; set; }

        public DateTime Date { get; set; }

        public DateTimeOffset Offset { get; set; }
    }
}

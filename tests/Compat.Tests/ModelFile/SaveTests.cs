using System.Text.Json;
using Compat.Tests.Data;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using static Microsoft.ML.Transforms.ValueToKeyMappingEstimator;

namespace Compat.Tests.ModelFile;

/// <summary>The same pipelines give the same entries, byte for byte.</summary>
public class SaveTests
{
    private const string Version = "TrainingInfo/Version.txt";
    private const string WideSchema = "Schema entry of a schema with text, int, bool, float, double, key with KeyValues and vector columns";

    private static readonly JsonElement Variants = GoldenZip.Golden.GetProperty("variants (contents only)");

    public static TheoryData<string> Cases => new(Variants.EnumerateArray().Select(v => v.GetProperty("what").GetString()!));

    private readonly MLContext _context = new(1);

    [Fact]
    public void TheGoldenPipelineSavesAsGolden()
    {
        IDataView data = LabelRow<string>.View(_context, "pos", "neg", "été");
        AssertSaved(GoldenZip.Golden.GetProperty("valuetokey_keytovalue.zip"), Chain().Fit(data), data.Schema);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void EveryVariantSavesAsGolden(string what)
    {
        JsonElement golden = Variants.EnumerateArray().Single(v => v.GetProperty("what").GetString() == what).GetProperty("zip");
        TransformsCatalog.ConversionTransforms conversion = _context.Transforms.Conversion;
        (ITransformer model, DataViewSchema? schema) = what switch
        {
            "int label" => Fitted(Chain(), LabelRow<int>.View(_context, 7, -3)),
            "bool label, MapValueToKey alone (not a chain)" => Fitted(
                conversion.MapValueToKey("LabelKey", "Label"), LabelRow<bool>.View(_context, true, false)),
            "float label, ByValue, addKeyValueAnnotationsAsText" => Fitted(
                conversion.MapValueToKey("LabelKey", "Label", keyOrdinality: KeyOrdinality.ByValue, addKeyValueAnnotationsAsText: true),
                LabelRow<float>.View(_context, 2.5f, 1)),
            "text label, chain, inputSchema null" => (Fitted(Chain(), Texts()).Model, null),
            "empty chain" => (new TransformerChain<ITransformer>(), Texts().Schema),
            "CopyColumns + DropColumns + SelectColumns" => Fitted(_context.Transforms.CopyColumns("C", "Text")
                .Append(_context.Transforms.DropColumns("Label")).Append(_context.Transforms.SelectColumns("C", "Text")), Texts()),
            _ => throw new InvalidOperationException($"A new case: {what}"),
        };
        AssertSaved(golden, model, schema);
    }

    [Fact]
    public void ASchemaOfEveryKindOfColumnSavesAndLoadsAsGolden()
    {
        JsonElement golden = GoldenZip.Golden.GetProperty(WideSchema);
        IDataView rows = Keys.KeyRow.View(_context, GoldenFile.Load("keys").GetProperty("trainRows"));
        IDataView view = _context.Transforms.Conversion.MapValueToKey("K", "T")
            .Append(_context.Transforms.Concatenate("V", "F"))
            .Fit(rows)
            .Transform(rows);
        GoldenAssert.Equal(golden.GetProperty("schema"), Observed.Schema(view.Schema));
        byte[] saved = AssertSaved(golden.GetProperty("zip"), new TransformerChain<ITransformer>(), view.Schema);
        _context.Model.Load(new MemoryStream(saved), out DataViewSchema loaded);
        GoldenAssert.Equal(golden.GetProperty("loaded"), Observed.Schema(loaded));
    }

    [Fact]
    public void SavingTwiceGivesTheSameEntries()
    {
        IDataView data = Texts();
        ITransformer model = Chain().Fit(data);
        List<(string Name, byte[] Content)> first = GoldenZip.Entries(Save(model, data.Schema));
        List<(string Name, byte[] Content)> second = GoldenZip.Entries(Save(model, data.Schema));
        Assert.Equal(first, second, (a, b) => a.Name == b.Name && a.Content.SequenceEqual(b.Content));
        GoldenAssert.Equal(GoldenZip.Golden.GetProperty("saved twice: entries identical"), true);
    }

    [Fact]
    public void WhatIsSavedToAFileLoadsFromIt()
    {
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.zip");
        try
        {
            IDataView data = Texts();
            ITransformer model = Chain().Fit(data);
            _context.Model.Save(model, data.Schema, path);
            ITransformer loaded = new MLContext().Model.Load(path, out DataViewSchema schema);
            Assert.Equal(Observed.Rows(model.Transform(data)), Observed.Rows(loaded.Transform(data)));
            Assert.Equal(data.Schema.Select(c => c.ToString()), schema.Select(c => c.ToString()));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private byte[] AssertSaved(JsonElement golden, ITransformer model, DataViewSchema? schema)
    {
        byte[] zip = Save(model, schema);
        List<(string Name, byte[] Content)> entries = GoldenZip.Entries(zip);
        Assert.Equal(golden.GetProperty("entries").EnumerateArray().Select(e => e.GetProperty("name").GetString()), entries.Select(e => e.Name));
        foreach ((JsonElement expected, (string name, byte[] content)) in golden.GetProperty("entries").EnumerateArray().Zip(entries))
        {
            if (name != Version)
                Assert.True(GoldenZip.Bytes(expected.GetProperty("hex")).SequenceEqual(content), $"{name} differs: {Convert.ToHexString(content)}");
        }
        return zip;
    }

    private byte[] Save(ITransformer model, DataViewSchema? schema)
    {
        var stream = new MemoryStream();
        _context.Model.Save(model, schema!, stream);
        return stream.ToArray();
    }

    private EstimatorChain<KeyToValueMappingTransformer> Chain() =>
        _context.Transforms.Conversion.MapValueToKey("LabelKey", "Label").Append(_context.Transforms.Conversion.MapKeyToValue("Back", "LabelKey"));

    private IDataView Texts() => LabelRow<string>.View(_context, "pos", "neg", "été");

    private static (ITransformer Model, DataViewSchema? Schema) Fitted<T>(IEstimator<T> estimator, IDataView data) where T : class, ITransformer =>
        (estimator.Fit(data), data.Schema);
}

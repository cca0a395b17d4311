using System.Text;
using System.Text.Json;
using Compat.Tests.Data;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Compat.Tests.ModelFile;

/// <summary>The real library's files load; damaged ones fail as they failed there.</summary>
public class LoadTests
{
    private const string Chain = "valuetokey_keytovalue.zip";
    private const string Bridge = "bridge_LibMain.zip";
    private const string Member = "TransformerChain/Transform_000/Model.key";

    private static readonly JsonElement Golden = GoldenZip.Golden.GetProperty("loading");

    /// <summary>Left out: the product maps no rows by delegates, so the stand-in has no CustomMapping.</summary>
    public static TheoryData<string> Cases => GoldenFile.Names(Golden, "Save of a CustomMapping without contract");

    private readonly MLContext _context = new(1);

    [Theory]
    [MemberData(nameof(Cases))]
    public void LoadsAsGolden(string what)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory();
        try
        {
            GoldenAssert.Equal(Golden.GetProperty(what), GoldenAssert.Capture(() => Run(what, folder.FullName), folder.FullName));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private object? Run(string what, string folder) => what switch
    {
        "the zip as saved" => Load(GoldenZip.Read(Chain)),
        "saved with null schema" => Load(Saved(e => e, withSchema: false)),
        "MapValueToKey alone" => Load(Saved(e => e.Fit(Rows), withSchema: true)),
        "Schema entry removed" => Load(GoldenZip.Without(GoldenZip.Read(Chain), "Schema")),
        "TrainingInfo/Version.txt removed" => Load(GoldenZip.Without(GoldenZip.Read(Chain), "TrainingInfo/Version.txt")),
        "TrainingInfo/Version.txt says 99.0" => Load(GoldenZip.With(GoldenZip.Read(Chain), (name, content) =>
            name == "TrainingInfo/Version.txt" ? Encoding.UTF8.GetBytes("99.0\n") : content)),
        "Terms.txt removed" => Load(GoldenZip.Without(GoldenZip.Read(Chain), "TransformerChain/Transform_000/Vocabulary/Terms.txt")),
        "Transform_001/Model.key removed" => Load(GoldenZip.Without(GoldenZip.Read(Chain), "TransformerChain/Transform_001/Model.key")),
        "chain Model.key removed" => Load(GoldenZip.Without(GoldenZip.Read(Chain), "TransformerChain/Model.key")),
        "header signature broken" => LoadChanged(0x00, (byte)'X'),
        "header VerReadable 0x00010009" => LoadChanged(0x0C, 0x09, 0x00, 0x01, 0x00),
        "header VerWritten 0x00010009 (VerReadable as it was)" => LoadChanged(0x08, 0x09, 0x00, 0x01, 0x00),
        "ModelSignature broken" => LoadChanged(0x40, (byte)'X'),
        "ModelVerReadable 0x00019999" => LoadChanged(0x4C, 0x99, 0x99, 0x01, 0x00),
        "ModelVerWritten 0x00000001 (older than readable back)" => LoadChanged(0x48, 0x01, 0x00, 0x00, 0x00),
        "LoaderSignature unknown (first letter Z)" => LoadChanged(0x50, (byte)'Z'),
        "assembly name unknown (first letter Z)" => LoadChanged(Offset(at: 0x90), (byte)'Z'),
        "tail broken" => LoadChanged(Offset(at: 0x80), (byte)'X'),
        "Model.key truncated to 100 bytes" => Load(GoldenZip.With(GoldenZip.Read(Chain), (name, content) => name == Member ? content[..100] : content)),
        "an extra unknown entry in the zip" => Load(GoldenZip.With(GoldenZip.Read(Chain), (_, content) => content, ("unknown/entry.txt", [1, 2, 3]))),
        "an empty zip" => Load(GoldenZip.With(GoldenZip.Read(Chain), (_, _) => null)),
        "not a zip" => Load(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("this is not a zip\n", 10)))),
        "file missing" => _context.Model.Load(Path.Combine(folder, "none.zip"), out _),
        "bridge zip without its assembly" => Load(GoldenZip.Read(Bridge)),
        "Save: model null" => Save(null!, Rows.Schema) is not null ? "ok" : null,
        "Save of a transformer whose Save writes nothing" => Save(new SavesNothing(), Rows.Schema),
        _ => throw new InvalidOperationException($"A new case: {what}"),
    };

    private IDataView Rows => LabelRow<string>.View(_context, "pos", "neg", "été");

    private Dictionary<string, object?> Load(byte[] zip)
    {
        ITransformer model = _context.Model.Load(new MemoryStream(zip), out DataViewSchema? schema);
        return new()
        {
            ["type"] = TypeName(model.GetType()),
            ["members"] = (model as TransformerChain<ITransformer>)?.Select(member => TypeName(member.GetType())).ToList(),
            ["schema"] = schema is null ? null : Observed.Schema(schema),
            ["transformed"] = schema is null ? null : Observed.Rows(model.Transform(Rows)),
        };
    }

    private Dictionary<string, object?> LoadChanged(int offset, params byte[] bytes) =>
        Load(GoldenZip.WithBytes(GoldenZip.Read(Chain), Member, offset, bytes));

    /// <summary>An offset that the header of the member's Model.key holds.</summary>
    private static int Offset(int at) =>
        BitConverter.ToInt32(GoldenZip.Entries(GoldenZip.Read(Chain)).Single(e => e.Name == Member).Content, at);

    private byte[] Saved(Func<IEstimator<ITransformer>, object> select, bool withSchema)
    {
        IEstimator<ITransformer> map = _context.Transforms.Conversion.MapValueToKey("LabelKey", "Label");
        ITransformer model = select(map) as ITransformer ?? map.Append(_context.Transforms.Conversion.MapKeyToValue("Back", "LabelKey")).Fit(Rows);
        return Save(model, withSchema ? Rows.Schema : null);
    }

    private byte[] Save(ITransformer model, DataViewSchema? schema)
    {
        var stream = new MemoryStream();
        _context.Model.Save(model, schema!, stream);
        return stream.ToArray();
    }

    private static string TypeName(Type type) => type.IsGenericType
        ? $"{type.GetGenericTypeDefinition().FullName}[{string.Join(",", type.GetGenericArguments().Select(a => a.FullName))}]"
        : type.FullName!;

    private sealed class SavesNothing : ITransformer
    {
        public bool IsRowToRowMapper => false;

        public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => inputSchema;

        public IDataView Transform(IDataView input) => input;

        public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => throw new NotSupportedException();

        public void Save(ModelSaveContext ctx)
        {
        }
    }
}

namespace Quickstart;

/// <summary>What the command line asks for.</summary>
internal sealed record Arguments(string Data, string Text, string Label, string? Text2, string? Base)
{
    private const string Usage = """
        usage: ./run.sh
               ./run.sh --data FILE --text COLUMN --label COLUMN [--text2 COLUMN] [--base DIRECTORY]

          --data   .tsv (no quoting) or .csv; the first line names the columns. Rows whose column Split says
                   train or test are used so; without such a column 80 % train, chosen with seed 1.
          --text   column with the text; --text2: with the second text, for pairs
          --label  column with the class
          --base   a Hugging Face directory with a RoBERTa model; without it the embedded roberta-nano is used
        """;

    /// <summary>True for the file that comes with this program.</summary>
    public bool IsSample { get; private init; }

    public static bool TryParse(string[] args, out Arguments result)
    {
        var values = new Dictionary<string, string>();
        string[] known = ["--data", "--text", "--text2", "--label", "--base"];
        result = new Arguments(Path.Combine(AppContext.BaseDirectory, "support-tickets.tsv"), "Text", "Intent", null,
            null)
        { IsSample = true };
        for (int i = 0; i < args.Length; i += 2)
        {
            if (!known.Contains(args[i]))
                return Fail(args[i] is "-h" or "--help" ? null : $"'{args[i]}' is not known.");
            if (i + 1 == args.Length)
                return Fail($"{args[i]} needs a value.");
            if (!values.TryAdd(args[i], args[i + 1]))
                return Fail($"{args[i]} is given twice.");
        }
        string? Value(string name) => values.GetValueOrDefault(name);
        if (Value("--data") is null)
        {
            result = result with { Base = Value("--base") };
            return values.Keys.All(k => k == "--base") || Fail("--text, --text2 and --label need --data.");
        }
        if (Value("--text") is not { } text || Value("--label") is not { } label)
            return Fail("--data needs --text and --label, too.");
        result = new Arguments(Value("--data")!, text, label, Value("--text2"), Value("--base"));
        return true;
    }

    private static bool Fail(string? message)
    {
        if (message is not null)
            Console.Error.WriteLine(message);
        Console.Error.WriteLine(Usage);
        return false;
    }
}

namespace Compat.Tests.Api;

/// <summary>The checker itself: a list that fits raises nothing, and a line missing or different raises just that.</summary>
public class ApiListTests
{
    private const string TorchSharp = """
        Compat.Tests.Api.ApiSample<T> :: abstract class : IComparable<T>, IDisposable where T : struct
        Compat.Tests.Api.ApiSample<T> . protected new(int size = 3)
        Compat.Tests.Api.ApiSample<T> . (int, T)/*count,value*/ Pair(params string[] names)
        Compat.Tests.Api.ApiSample<T> . T this[long index] { get; protected set; }
        Compat.Tests.Api.ApiSample<T> . abstract bool Try(ref T value, out int? found)
        Compat.Tests.Api.ApiSample<T> . const long Limit = 5
        Compat.Tests.Api.ApiSample<T> . int CompareTo(T other)
        Compat.Tests.Api.ApiSample<T> . override string ToString()
        Compat.Tests.Api.ApiSample<T> . static Compat.Tests.Api.ApiSample<T> op_Addition(Compat.Tests.Api.ApiSample<T> left, ReadOnlySpan<double> right)
        Compat.Tests.Api.ApiSample<T> . static readonly string Title
        Compat.Tests.Api.ApiSample<T> . virtual IList<X> Make<X>(X first, double scale = 1E-05, DayOfWeek day = DayOfWeek.Friday) where X : class, new()
        Compat.Tests.Api.ApiSample<T> . void Dispose()
        """;

    private const string MicrosoftML = """
        Compat.Tests.Api.ApiSample<T> :: public abstract class : System.IComparable<T>, System.IDisposable [inherited] where T : struct
        Compat.Tests.Api.ApiSample<T>..ctor(int size = 3) [protected]
        Compat.Tests.Api.ApiSample<T>.CompareTo(T other) : int [public]
        Compat.Tests.Api.ApiSample<T>.Dispose() : void [public override]
        Compat.Tests.Api.ApiSample<T>.Item[long index] : T { get; protected set; } [public property]
        Compat.Tests.Api.ApiSample<T>.Limit : long [public const field]
        Compat.Tests.Api.ApiSample<T>.Make<X>(X first, double scale = 1E-05, System.DayOfWeek day = Friday) : System.Collections.Generic.IList<X> where X : class, new() [public virtual]
        Compat.Tests.Api.ApiSample<T>.Pair(params string[] names) : System.ValueTuple<int, T> [public]
        Compat.Tests.Api.ApiSample<T>.Title : string [public static readonly field]
        Compat.Tests.Api.ApiSample<T>.Try(ref T value, out System.Nullable<int> found) : bool [public abstract]
        Compat.Tests.Api.ApiSample<T>.op_Addition(Compat.Tests.Api.ApiSample<T> left, System.ReadOnlySpan<double> right) : Compat.Tests.Api.ApiSample<T> [public static]
        """;

    public static TheoryData<string> Styles => new("TorchSharp", "Microsoft.ML");

    [Theory]
    [MemberData(nameof(Styles))]
    public void A_list_that_fits_raises_nothing(string style) => Assert.Empty(Differences(style, Lines(style)));

    [Theory]
    [MemberData(nameof(Styles))]
    public void A_missing_line_raises_one_difference(string style)
    {
        foreach (string line in Lines(style).Where(line => !line.Contains("override string ToString")))
            Assert.NotEmpty(Differences(style, Lines(style).Where(other => other != line)));
    }

    [Theory]
    [InlineData("TorchSharp", "index]", "i]")]
    [InlineData("TorchSharp", "double scale = 1E-05", "double scale = 1E-06")]
    [InlineData("TorchSharp", "/*count,value*/", "/*count,other*/")]
    [InlineData("TorchSharp", ", IDisposable", "")]
    [InlineData("TorchSharp", "protected set; ", "")]
    [InlineData("Microsoft.ML", "[protected]", "[internal]")]
    [InlineData("Microsoft.ML", "string[] names", "string[] columns")]
    [InlineData("Microsoft.ML", "public abstract class", "public sealed class")]
    [InlineData("Microsoft.ML", "public abstract class", "internal abstract class")]
    [InlineData("Microsoft.ML", "Make<X>(X first, double scale = 1E-05, System.DayOfWeek day = Friday)", "Make<X>(X first, double scale, System.DayOfWeek day)")]
    [InlineData("Microsoft.ML", "(int size = 3) [protected]", " [none visible to third parties: internal]")]
    public void A_different_line_raises_one_difference(string style, string text, string other)
    {
        Assert.Contains(Lines(style), line => line.Contains(text));
        Assert.Single(Differences(style, Lines(style).Select(line => line.Replace(text, other))));
    }

    private static string[] Lines(string style) => (style == "TorchSharp" ? TorchSharp : MicrosoftML).Split('\n');

    private static List<string> Differences(string style, IEnumerable<string> lines) =>
        new ApiList(style == "TorchSharp" ? new TorchSharpStyle() : new MicrosoftMLStyle(), lines).Differences([typeof(ApiSample<>)]);
}

/// <summary>One member of each kind.</summary>
public abstract class ApiSample<T> : IDisposable, IComparable<T> where T : struct
{
    public const long Limit = 5;
    public static readonly string Title = "";

    protected ApiSample(int size = 3) => _ = size;

    public T this[long index]
    {
        get => default;
        protected set => _ = value;
    }

    public static ApiSample<T> operator +(ApiSample<T> left, ReadOnlySpan<double> right) => left;

    public abstract bool Try(ref T value, out int? found);

    public (int count, T value) Pair(params string[] names) => (names.Length, default);

    public virtual IList<X> Make<X>(X first, double scale = 1e-5, DayOfWeek day = DayOfWeek.Friday) where X : class, new() => [first];

    public int CompareTo(T other) => 0;

    public void Dispose() => GC.SuppressFinalize(this);

    public override string ToString() => Title;
}

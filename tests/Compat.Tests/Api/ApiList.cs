using System.Reflection;
using DeLoRA.TestSupport;

namespace Compat.Tests.Api;

/// <summary>The public members of the real packages, as ../shared/api lists them.</summary>
internal sealed class ApiList
{
    private readonly SignatureStyle _style;
    private readonly HashSet<string> _lines = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<string>> _bases = new(StringComparer.Ordinal);
    private readonly ILookup<string, string> _bySubject;

    public ApiList(SignatureStyle style, IEnumerable<string> lines)
    {
        _style = style;
        List<ApiEntry> entries = [.. lines.Where(line => line.Length > 0).Select(style.Parse).OfType<ApiEntry>()];
        foreach (ApiEntry entry in entries)
        {
            _lines.Add(entry.Line);
            if (entry.Line.Contains(" :: ", StringComparison.Ordinal))
                _bases[entry.Subject] = [.. entry.Bases];
        }
        _bySubject = entries.ToLookup(entry => entry.Subject, entry => entry.Line, StringComparer.Ordinal);
    }

    public static ApiList For(Assembly assembly)
    {
        string folder = Path.Combine(Repository.Shared, "api");
        return assembly.GetName().Name == "TorchSharp"
            ? new(new TorchSharpStyle(), File.ReadLines(Path.Combine(folder, "TorchSharp.txt")))
            : new(new MicrosoftMLStyle(), Directory.EnumerateFiles(folder, "Microsoft.ML.*.txt").SelectMany(File.ReadLines));
    }

    /// <summary>Everything that the assembly shows and the list lacks, each with what the list has under that name.</summary>
    public List<string> Differences(Assembly assembly) => Differences(PublicSurface.Types(assembly));

    public List<string> Differences(IEnumerable<Type> types)
    {
        List<string> differences = [];
        foreach (Type type in types)
        {
            string name = _style.Name(type);
            if (!_bases.TryGetValue(name, out HashSet<string>? listed))
            {
                differences.Add($"type   {_style.Line(type)}\n         the list has no such public type");
                continue;
            }
            Compare("type  ", _style.Line(type), name);
            foreach (string extra in PublicSurface.Bases(type).Where(@base => !IsFrameworkTrait(@base)).Select(_style.Name).Except(listed))
                differences.Add($"base   {name} : {extra}\n         list: {string.Join(", ", listed.DefaultIfEmpty("none"))}");
            foreach (MemberInfo member in PublicSurface.Members(type))
            {
                string line = _style.Line(member);
                Compare("member", line, _style.Parse(line)!.Subject);
            }
        }
        return differences;

        void Compare(string what, string line, string subject)
        {
            if (_lines.Contains(line))
                return;
            IEnumerable<string> others = _bySubject[subject].Take(8).Select(other => $"\n         list: {other}");
            differences.Add($"{what} {line}{string.Concat(others.DefaultIfEmpty("\n         the list has nothing of that name there"))}");
        }
    }

    /// <summary>What the compiler or the runtime adds by itself and a list may leave out.</summary>
    private static bool IsFrameworkTrait(Type type) => type == typeof(System.Collections.IEnumerable) || type == typeof(Attribute);
}

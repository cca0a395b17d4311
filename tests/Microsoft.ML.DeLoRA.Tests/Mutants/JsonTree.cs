using System.Text;
using System.Text.Json;

namespace Microsoft.ML.DeLoRA.Tests.Mutants;

/// <summary>
/// JSON as a tree that can say what no JSON library writes: keys that stand twice, numbers of any size, texts that are none, any depth.
/// </summary>
internal sealed class JsonTree
{
    // What is hostile is hostile at a megabyte; a gigabyte would test the tests.
    private const int LargestAddition = 1_000_000;

    private readonly char _kind;
    private readonly string _raw;
    private readonly List<(string Key, JsonTree Value)> _children;

    private JsonTree(char kind, string raw, IEnumerable<(string, JsonTree)> children)
        => (_kind, _raw, _children) = (kind, raw, [.. children]);

    public static JsonTree Parse(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return Of(document.RootElement);
    }

    /// <summary>JSON with one to three random changes.</summary>
    /// <param name="json">Valid JSON.</param>
    /// <param name="random">Says what is changed.</param>
    /// <param name="changed">Told what was changed.</param>
    public static string Mutate(string json, Random random, Action<string> changed)
    {
        JsonTree tree = Parse(json);
        for (int changes = Pick([1, 1, 1, 2, 3], random); changes > 0; changes--)
        {
            var nodes = new List<JsonTree>();
            tree.Collect(nodes);
            changed((Pick([.. nodes.Where(n => n._children.Count > 0)], random) ?? tree).Change(random));
        }
        var text = new StringBuilder();
        tree.Write(text);
        return text.ToString();
    }

    private string Change(Random random)
    {
        if (_children.Count == 0)
            return "nothing";
        int at = random.Next(_children.Count);
        (string key, JsonTree value) = _children[at];
        switch (random.Next(11))
        {
            case 0:
                _children.RemoveAt(at);
                return $"{key} deleted";
            case 1:
                _children.Insert(random.Next(_children.Count), (key, random.Next(2) == 0 ? value : Leaf(random)));
                return $"{key} doubled";
            case 2:
                string name = random.Next(3) == 0 ? Pick(HostileValues.Texts, random)! : Pick(_children, random).Key;
                _children[at] = (name, value);
                return $"{key} renamed to {Shown(name)}";
            case 3:
                int other = random.Next(_children.Count);
                (_children[at], _children[other]) = ((key, _children[other].Value), (_children[other].Key, value));
                return $"{key} and {_children[other].Key} swapped";
            case 4:
                _children[at] =
                    (key, random.Next(2) == 0 ? new JsonTree('[', "", [("", value)]) : new JsonTree('{', "", [("\"a\"", value)]));
                return $"{key} nested";
            case 5:
                int depth = Pick([9, 17, 40, 100, 5000], random);
                _children[at] = (key, Raw(random.Next(2) == 0
                    ? new string('[', depth) + "1" + new string(']', depth)
                    : string.Concat(Enumerable.Repeat("{\"a\":", depth)) + "1" + new string('}', depth)));
                return $"{key} nested {depth} times";
            case 6:
                int count = Math.Min(Pick([2, 100, 5000], random), LargestAddition / value.Size());
                _children.AddRange(Enumerable.Range(0, count).Select(i => (_kind == '{' ? $"\"{i}\"" : "", value.Copy())));
                return $"{count} more like {key}";
            case 7:
                _children[at] = (key, Raw($"\"{new string('a', Pick([1_000, 200_000], random))}\""));
                return $"{key} made a long text";
            default:
                JsonTree leaf = Leaf(random);
                _children[at] = (key, leaf);
                return $"{key} = {Shown(leaf._raw)}";
        }
    }

    private static JsonTree Leaf(Random random) => Raw(Pick(random.Next(3) == 0 ? HostileValues.Texts : HostileValues.Others, random)!);

    private static JsonTree Raw(string raw) => new('r', raw, []);

    private static string Shown(string text) => text.Length <= 60 ? text : text[..60] + "...";

    private static T? Pick<T>(IReadOnlyList<T> all, Random random) => all.Count == 0 ? default : all[random.Next(all.Count)];

    private static JsonTree Of(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => new('{', "", element.EnumerateObject().Select(p => (JsonSerializer.Serialize(p.Name), Of(p.Value)))),
        JsonValueKind.Array => new('[', "", element.EnumerateArray().Select(v => ("", Of(v)))),
        _ => Raw(element.GetRawText()),
    };

    private void Collect(List<JsonTree> nodes)
    {
        nodes.Add(this);
        foreach ((_, JsonTree child) in _children)
            child.Collect(nodes);
    }

    // A change of one must not be a change of thousands.
    private JsonTree Copy() => new(_kind, _raw, _children.Select(c => (c.Key, c.Value.Copy())));

    private int Size() => 1 + _raw.Length + _children.Sum(c => c.Key.Length + c.Value.Size());

    private void Write(StringBuilder text)
    {
        if (_kind == 'r')
        {
            text.Append(_raw);
            return;
        }
        text.Append(_kind);
        for (int i = 0; i < _children.Count; i++)
        {
            text.Append(i == 0 ? "" : ", ");
            if (_kind == '{')
                text.Append(_children[i].Key).Append(": ");
            _children[i].Value.Write(text);
        }
        text.Append(_kind == '{' ? '}' : ']');
    }
}

using DeLoRA.TestSupport;

namespace Microsoft.ML.DeLoRA.Tests.Structure;

/// <summary>The diagram of docs/architecture.md: which rooms there are, and the arrows from each to those that it stands on.</summary>
internal sealed class RoomDiagram
{
    private const string Fence = "```rooms";

    private readonly Dictionary<string, HashSet<string>> _reach = [];

    private RoomDiagram(IReadOnlyDictionary<string, string[]> arrows)
    {
        Arrows = arrows;
        foreach (string room in arrows.Keys)
            _reach[room] = Reach(room, []);
    }

    public IReadOnlyDictionary<string, string[]> Arrows { get; }

    /// <exception cref="InvalidDataException">A line has no arrow, a room stands on one that is not drawn, or on itself.</exception>
    public static RoomDiagram Read() => Parse(File.ReadAllLines(Path.Combine(Repository.Root, "docs", "architecture.md")));

    public static RoomDiagram Parse(IEnumerable<string> document)
    {
        var arrows = new Dictionary<string, string[]>();
        foreach (string line in document.SkipWhile(l => l != Fence).Skip(1).TakeWhile(l => l != "```"))
        {
            if (line.Split("->", StringSplitOptions.TrimEntries) is not [var room, var below])
                throw new InvalidDataException($"'{line}' is not 'Room -> Room, Room'.");
            arrows.Add(room, below == "nothing" ? [] : below.Split(", "));
        }
        if (arrows.Values.SelectMany(below => below).FirstOrDefault(room => !arrows.ContainsKey(room)) is { } missing)
            throw new InvalidDataException($"'{missing}' has no line of its own.");
        return new RoomDiagram(arrows);
    }

    /// <summary>A room may use those that its line names, and what these may use.</summary>
    public bool Allows(string user, string used) => _reach[user].Contains(used);

    /// <summary>The room of a folder below src: the innermost part of its path that is drawn; null when none is.</summary>
    public string? RoomOf(string folder) => folder.Split('/', '.').LastOrDefault(Arrows.ContainsKey);

    private HashSet<string> Reach(string room, string[] above)
    {
        if (above.Contains(room))
            throw new InvalidDataException($"The arrows run in a circle: {string.Join(" -> ", above)} -> {room}.");
        return [.. Arrows[room].SelectMany(below => Reach(below, [.. above, room]).Append(below))];
    }
}

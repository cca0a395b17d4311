using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Evaluation;
using Microsoft.ML.DeLoRA.Native;
using Microsoft.ML.DeLoRA.Training;

namespace Microsoft.ML.DeLoRA.Tests.Structure;

/// <summary>Dependencies point one way, and as the diagram of docs/architecture.md says.</summary>
public class RoomTests
{
    private static readonly RoomDiagram _diagram = RoomDiagram.Read();

    [Fact]
    public void Every_type_is_in_a_room()
        => Assert.Empty(Rooms.Folders.Where(f => _diagram.RoomOf(f.Value) is null).Select(f => $"{f.Key.FullName} in {f.Value}"));

    [Fact]
    public void Every_room_that_is_drawn_has_types()
        => Assert.Equal(_diagram.Arrows.Keys.Order(), Rooms.Folders.Values.Select(_diagram.RoomOf).OfType<string>().Distinct().Order());

    [Fact]
    public void No_room_uses_one_that_it_does_not_stand_on()
        => Assert.Empty(Uses().Where(u => !_diagram.Allows(u.User, u.Used)).Select(u => $"{u.User} -> {u.Used}: {u.Example}"));

    [Fact]
    public void Every_arrow_that_is_drawn_is_used()
        => Assert.Empty(_diagram.Arrows.SelectMany(a => a.Value.Select(below => (a.Key, below)))
            .Except(Uses().Select(u => (u.User, u.Used))));

    [Fact]
    public void Uses_are_found_wherever_a_type_is_named()
    {
        (string, string)[] uses = [.. Rooms.Uses().Select(u => (Name(u.User), Name(u.Used))).Distinct()];
        Assert.Contains((nameof(LoRAMethod), nameof(ScaledLowRankMethod)), uses);
        Assert.Contains((nameof(AdapterMethod), nameof(PackedEncoder)), uses);
        Assert.Contains((nameof(AdapterMethods), nameof(FullFineTuningMethod)), uses);
        Assert.Contains((nameof(Trainer), nameof(MetricFit)), uses);
        Assert.Contains((nameof(Products), nameof(TensorArithmetic)), uses);
    }

    [Theory]
    [InlineData("A -> B\nB -> C\nC -> A", "circle")]
    [InlineData("A -> B", "no line")]
    [InlineData("A B", "is not")]
    public void A_diagram_that_says_nothing_clear_is_refused(string lines, string message)
        => Assert.Contains(message,
            Assert.Throws<InvalidDataException>(() => RoomDiagram.Parse(["```rooms", .. lines.Split('\n'), "```"])).Message);

    private static IEnumerable<(string User, string Used, string Example)> Uses() =>
        from use in Rooms.Uses()
        group $"{Name(use.User)} names {Name(use.Used)}" by (User: Room(use.User), Used: Room(use.Used)) into arrow
        where arrow.Key.User != arrow.Key.Used
        select (arrow.Key.User, arrow.Key.Used, string.Join(", ", arrow.Distinct().Order().Take(8)));

    private static string Room(Type type) => _diagram.RoomOf(Rooms.Folders[type]) ?? "";

    // Of what the compiler makes of a lambda: the type that it is written in.
    private static string Name(Type type) => type.Name.Contains('<') && type.DeclaringType is { } outer ? Name(outer) : type.Name;
}

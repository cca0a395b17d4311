using Microsoft.ML.DeLoRA.Families;
using Microsoft.ML.DeLoRA.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Encoders;

/// <summary>
/// A batch of token sequences laid end to end without padding: every layer but attention works on [tokens, hidden].
/// Inside, sequences are sorted by length (longest first); results come back in the caller's order.
/// </summary>
/// <remarks>
/// Owns its tensors; dispose it after the step. Immutable once <see cref="WithAdapters"/> was called, if it is, so it may be read by
/// several threads.
/// </remarks>
public sealed class PackedBatch : IDisposable
{
    private readonly int[] _starts;
    private readonly int[] _lengths;
    private readonly int[] _visibleLengths;

    private PackedBatch(
        int[] starts, int[] lengths, int[] visibleLengths, Tensor ids, Tensor positions, Tensor? types, Tensor sequenceStarts, Tensor place,
        AttentionGroup[] groups)
    {
        (_starts, _lengths, _visibleLengths) = (starts, lengths, visibleLengths);
        (Ids, Positions, Types, SequenceStarts, Place, Groups) = (ids, positions, types, sequenceStarts, place, groups);
    }

    /// <summary>Number of sequences.</summary>
    public int Count => _starts.Length;

    /// <summary>Number of tokens of all sequences together.</summary>
    public int TokenCount => (int)Ids.shape[0];

    /// <summary>Token ids, int64 [tokens].</summary>
    internal Tensor Ids { get; }

    /// <summary>Rows of the position table, int64 [tokens].</summary>
    internal Tensor Positions { get; }

    /// <summary>Rows of the token-type table, int64 [tokens]; null: all tokens have the first.</summary>
    internal Tensor? Types { get; }

    /// <summary>The index of each sequence's first token, int64 [count], longest sequence first.</summary>
    internal Tensor SequenceStarts { get; }

    /// <summary>The place of each of the caller's sequences among the sorted ones, int64 [count].</summary>
    internal Tensor Place { get; }

    internal AttentionGroup[] Groups { get; }

    /// <summary>The name of the adapter of each of the caller's sequences, null for the base model; null: no sequence has one.</summary>
    internal IReadOnlyList<string?>? AdapterNames { get; private set; }

    /// <summary>The same by name; null: no sequence has one.</summary>
    internal IReadOnlyList<RowGroup>? RowGroups { get; private set; }

    // The largest id and position, and where they stand in the caller's sequences: libtorch does not say, and on a GPU it ends the process.
    private (long Id, int Row, int Index) LargestId { get; init; }

    private (long Position, int Row) LargestPosition { get; init; }

    /// <summary>Throws unless every token and position has a row in the embedding tables.</summary>
    /// <exception cref="ArgumentException">One has none; the message names sequence and token.</exception>
    internal void RequireFits(long vocabulary, long positions)
    {
        if (LargestId.Id >= vocabulary)
            throw new ArgumentException(
                $"Token {LargestId.Index} of sequence {LargestId.Row} (both from 0) has the id {LargestId.Id}, but the model "
                + $"has {vocabulary:N0} tokens, with the ids 0 to {vocabulary - 1}. Tokenize with the model's own tokenizer.");
        if (LargestPosition.Position >= positions)
            throw new ArgumentException(
                $"Sequence {LargestPosition.Row} (from 0) has {_lengths[LargestPosition.Row]:N0} tokens, and needs position "
                + $"{LargestPosition.Position}, but the model's last one is {positions - 1}. Cut the text to fewer tokens.");
    }

    /// <summary>Where the tokens of the caller's sequence <paramref name="row"/> stand in the packed order.</summary>
    public Range TokensOf(int row) => _starts[row]..(_starts[row] + _lengths[row]);

    /// <summary>
    /// Says which adapter of a collection computes each sequence: <see cref="Adapters.AdapterCollection.ActivateByRow"/>.
    /// </summary>
    /// <param name="names">For each sequence the adapter's name, or null: the base model.</param>
    /// <returns>The same batch.</returns>
    /// <exception cref="ArgumentException">There is another number of names than of sequences.</exception>
    /// <exception cref="InvalidOperationException">The batch has names already.</exception>
    public PackedBatch WithAdapters(IReadOnlyList<string?> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        if (names.Count != Count)
            throw new ArgumentException($"There are {names.Count} names of adapters for {Count} sequences; give each one, or null.",
                nameof(names));
        if (RowGroups is not null)
            throw new InvalidOperationException("The batch names its adapters already.");
        using var scope = NewDisposeScope();
        int[] order = Order();
        AdapterNames = [.. names];
        RowGroups =
        [
            .. Enumerable.Range(0, Count).Where(place => names[order[place]] is not null).GroupBy(place => names[order[place]]!)
                .Select(g => new RowGroup(g.Key, Places(g.SelectMany(place => TokensAt(order[place]))), Places(g), g.Count() == Count)),
        ];
        return this;

        IEnumerable<int> TokensAt(int row) => Enumerable.Range(_starts[row], _lengths[row]);

        Tensor Places(IEnumerable<int> places) => Indices([.. places.Select(p => (long)p)], Ids.device);
    }

    /// <summary>
    /// For each token in the packed order, or each first token, longest sequence first, the number of its sequence, int64.
    /// </summary>
    internal Tensor SequenceOfRows(bool firstOnly)
        => tensor([.. Order().SelectMany(row => Enumerable.Repeat((long)row, firstOnly ? 1 : _lengths[row]))], device: Ids.device);

    // The caller's sequences, longest first.
    private int[] Order() => [.. Enumerable.Range(0, Count).OrderBy(row => _starts[row])];

    /// <summary>The indices of the first and last tokens of all sequences, int64; each token once. Padding counts for nothing.</summary>
    /// <param name="prefix">How many at each start.</param>
    /// <param name="suffix">How many at each end.</param>
    /// <param name="firstOnly">Indices into the sequences' first tokens, longest sequence first, instead of into all tokens.</param>
    internal Tensor EdgeTokens(int prefix, int suffix, bool firstOnly)
    {
        IEnumerable<(int Row, int Position)> edges = Enumerable.Range(0, Count).SelectMany(row =>
            Enumerable.Range(0, _visibleLengths[row]).Where(p => p < prefix || p >= _visibleLengths[row] - suffix).Select(p => (row, p)));
        long[] places = firstOnly ? Place.cpu().data<long>().ToArray() : [];
        return tensor(edges.Where(e => !firstOnly || e.Position == 0)
            .Select(e => firstOnly ? places[e.Row] : _starts[e.Row] + e.Position).Select(i => (long)i).ToArray(), device: Ids.device);
    }

    /// <summary>Packs sequences of token ids for an encoder.</summary>
    /// <param name="rows">The sequences; each holds at least one token.</param>
    /// <param name="configuration">
    /// The encoder's: how it numbers positions, and whether it knows the two texts of a pair by their type.
    /// </param>
    /// <param name="device">Where the tensors go; null: the CPU.</param>
    /// <param name="secondStarts">Where the second text of each pair begins; null: the sequences are single texts.</param>
    /// <exception cref="ArgumentException">No sequence, an empty one, or an id below 0.</exception>
    /// <exception cref="NativeLibraryException">libtorch cannot be loaded.</exception>
    public static PackedBatch Create(IReadOnlyList<ReadOnlyMemory<int>> rows, EncoderConfiguration configuration, Device? device = null,
        IReadOnlyList<int>? secondStarts = null)
        => Create(rows, Numbering(configuration), TypesOf(configuration, secondStarts), device, visible: null);

    /// <summary>Packs single texts for an encoder of the embedded model's family.</summary>
    /// <param name="rows">The sequences; each holds at least one token.</param>
    /// <param name="padId">Id of the padding token, from which positions are counted.</param>
    /// <param name="device">Where the tensors go; null: the CPU.</param>
    /// <param name="visible">For each sequence which tokens others may attend to (an attention mask); null: all.</param>
    /// <exception cref="ArgumentException">No sequence, an empty one, an id below 0, or a mask of another length.</exception>
    /// <exception cref="NativeLibraryException">libtorch cannot be loaded.</exception>
    internal static PackedBatch Create(IReadOnlyList<ReadOnlyMemory<int>> rows, int padId = 1, Device? device = null,
        IReadOnlyList<bool[]>? visible = null)
        => Create(rows, EncoderFamilies.Default.Positions(padId), secondStarts: null, device, visible);

    private static PositionNumbering Numbering(EncoderConfiguration configuration) => configuration.Family.Positions(configuration.PadId);

    private static IReadOnlyList<int>? TypesOf(EncoderConfiguration configuration, IReadOnlyList<int>? secondStarts)
        => configuration.Family.HasTokenTypes && configuration.TypeCount > 1 ? secondStarts : null;

    private static PackedBatch Create(IReadOnlyList<ReadOnlyMemory<int>> rows, PositionNumbering numbering,
        IReadOnlyList<int>? secondStarts,
        Device? device, IReadOnlyList<bool[]>? visible)
    {
        if (rows.Count == 0)
            throw new ArgumentException("A batch needs at least one sequence.", nameof(rows));
        int[] order = [.. Enumerable.Range(0, rows.Count).OrderByDescending(r => rows[r].Length)];
        if (rows[order[^1]].Length == 0)
            throw new ArgumentException($"Sequence {order[^1]} is empty.", nameof(rows));
        NativeLibraries.Require();

        int total = rows.Sum(r => r.Length);
        var ids = new long[total];
        var positions = new long[total];
        long[]? types = secondStarts is null ? null : new long[total];
        bool[]? seen = visible is null ? null : new bool[total];
        var starts = new int[rows.Count];
        var placeOf = new long[rows.Count];
        int token = 0;
        (long Id, int Row, int Index) largestId = (-1, 0, 0);
        (long Position, int Row) largestPosition = (-1, 0);
        for (int place = 0; place < order.Length; place++)
        {
            int row = order[place];
            starts[row] = token;
            placeOf[row] = place;
            if (visible is not null)
                CopyMask(visible[row], rows[row].Length, seen.AsSpan(token), row);
            long position = numbering.First - 1;
            ReadOnlySpan<int> own = rows[row].Span;
            for (int i = 0; i < own.Length; i++)
            {
                int id = own[i];
                if (id < 0)
                    throw new ArgumentException(
                        $"Token {i} of sequence {row} (both from 0) has the id {id}; ids are at least 0.", nameof(rows));
                if (id > largestId.Id)
                    largestId = (id, row, i);
                if (types is not null && i >= secondStarts![row])
                    types[token] = 1;
                ids[token] = id;
                positions[token++] = id == numbering.PaddingId ? numbering.First - 1 : ++position;
            }
            if (position > largestPosition.Position)
                largestPosition = (position, row);
        }

        using var scope = NewDisposeScope();
        device ??= CPU;
        int[] lengths = [.. rows.Select(r => r.Length)];
        int[] sorted = [.. order.Select(r => lengths[r])];
        int[] visibleLengths = visible is null ? lengths : [.. visible.Select(v => v.Count(seenByOthers => seenByOthers))];
        return new PackedBatch(starts, lengths, visibleLengths, Indices(ids, device), Indices(positions, device),
            types is null ? null : Indices(types, device), Indices([.. order.Select(r => (long)starts[r])], device),
                Indices(placeOf, device), AttentionPlan.Create(sorted, seen, device))
        {
            LargestId = largestId,
            LargestPosition = largestPosition,
        };
    }

    /// <summary>The same batch with every sequence filled up to the longest with padding tokens that nobody attends to, as a
    /// conventional padded batch computes it: for comparison only.</summary>
    internal static PackedBatch CreatePadded(IReadOnlyList<ReadOnlyMemory<int>> rows, EncoderConfiguration configuration,
        Device? device = null,
        IReadOnlyList<int>? secondStarts = null)
    {
        (List<ReadOnlyMemory<int>> filled, List<bool[]> visible) = Fill(rows, configuration.PadId);
        return Create(filled, Numbering(configuration), TypesOf(configuration, secondStarts), device, visible);
    }

    /// <summary>The same for single texts and an encoder of the embedded model's family.</summary>
    internal static PackedBatch CreatePadded(IReadOnlyList<ReadOnlyMemory<int>> rows, int padId = 1, Device? device = null)
    {
        (List<ReadOnlyMemory<int>> filled, List<bool[]> visible) = Fill(rows, padId);
        return Create(filled, padId, device, visible);
    }

    private static (List<ReadOnlyMemory<int>> Filled, List<bool[]> Visible) Fill(IReadOnlyList<ReadOnlyMemory<int>> rows, int padId)
    {
        int longest = rows.Max(r => r.Length);
        var filled = new List<ReadOnlyMemory<int>>();
        var visible = new List<bool[]>();
        foreach (ReadOnlyMemory<int> row in rows)
        {
            var ids = new int[longest];
            Array.Fill(ids, padId);
            row.CopyTo(ids);
            filled.Add(ids);
            visible.Add([.. Enumerable.Range(0, longest).Select(i => i < row.Length)]);
        }
        return (filled, visible);
    }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        Ids.Dispose();
        Positions.Dispose();
        Types?.Dispose();
        SequenceStarts.Dispose();
        Place.Dispose();
        foreach (IDisposable group in Groups.Concat<IDisposable>(RowGroups ?? []))
            group.Dispose();
    }

    private static void CopyMask(bool[] mask, int length, Span<bool> target, int row)
    {
        if (mask.Length != length)
            throw new ArgumentException($"Sequence {row} has {length} tokens but its mask has {mask.Length}.", "visible");
        mask.CopyTo(target);
    }

    private static Tensor Indices(long[] values, Device device) => tensor(values, device: device).DetachFromDisposeScope();
}
